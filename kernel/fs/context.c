/* SPDX-License-Identifier: MIT */
/* Where a process stands in the tree: its working directory and umask. */
#include "fs/vfs.h"
#include "mm/slab.h"

static struct fs_context *context_create(struct dentry *cwd, mode_t umask)
{
	struct fs_context *context = kmalloc(sizeof(*context));

	if (!context)
		return NULL;
	ref_init(&context->references);
	spin_init(&context->lock, "fs context", RANK_FS);
	context->cwd = cwd;
	context->umask = umask;
	dentry_get(cwd);
	return context;
}

struct fs_context *fs_context_create(void)
{
	return context_create(vfs_root(), 022);
}

struct fs_context *fs_context_clone(struct fs_context *from)
{
	struct dentry *cwd = fs_context_cwd(from);
	struct fs_context *context = context_create(cwd, fs_context_umask(from));

	dentry_put(cwd);
	return context;
}

void fs_context_get(struct fs_context *context)
{
	ref_get(&context->references);
}

void fs_context_put(struct fs_context *context)
{
	if (!ref_put(&context->references))
		return;
	dentry_put(context->cwd);
	kfree(context);
}

struct dentry *fs_context_cwd(struct fs_context *context)
{
	spin_lock(&context->lock);
	struct dentry *cwd = context->cwd;
	dentry_get(cwd);
	spin_unlock(&context->lock);
	return cwd;
}

void fs_context_set_cwd(struct fs_context *context, struct dentry *cwd)
{
	dentry_get(cwd);
	spin_lock(&context->lock);
	struct dentry *old = context->cwd;
	context->cwd = cwd;
	spin_unlock(&context->lock);
	dentry_put(old);
}

mode_t fs_context_umask(struct fs_context *context)
{
	return context->umask;
}

mode_t fs_context_set_umask(struct fs_context *context, mode_t umask)
{
	return atomic_exchange(&context->umask, umask & 0777);
}
