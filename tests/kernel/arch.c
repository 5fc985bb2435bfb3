/* SPDX-License-Identifier: MIT */
/*
 * What arch promises: no page of the kernel is writable and executable, a translation that was
 * shot down is used by no CPU any more, copies from user memory count exactly, time does not run
 * backwards between CPUs.
 */
#include "arch/clock.h"
#include "arch/fpu.h"
#include "arch/layout.h"
#include "arch/pagetable.h"
#include "arch/pte.h"
#include "arch/tlb.h"
#include "arch/usercopy.h"
#include "base/ktest.h"
#include "base/printk.h"
#include "base/random.h"
#include "base/symbols.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "sync/kthread.h"

#define USER_PAGE 0x10000000UL

/* ---- the kernel's page table ---- */

/* What an address may be used for, all levels taken together. */
struct rights {
	bool present, write, execute, user;
};

static struct rights rights_of(vaddr_t address)
{
	struct rights rights = {true, true, true, true};
	pte_t *table = pte_table(kernel_pagetable_root());

	for (int level = ROOT_LEVEL; level >= 0; level--) {
		uint64_t entry = pte_load(&table[pte_index(address, (unsigned)level)]);

		if (!(entry & PTE_PRESENT))
			return (struct rights){0};
		rights.write &= (entry & PTE_WRITE) != 0;
		rights.user &= (entry & PTE_USER) != 0;
		rights.execute &= !(entry & PTE_NO_EXEC);
		if (level > 0 && (entry & PTE_HUGE))
			break;
		table = pte_table(entry);
	}
	return rights;
}

/* Walks all that `table` maps. Returns the number of pages and huge pages seen. */
static size_t walk(pte_t *table, unsigned level, bool write, bool execute, bool user)
{
	size_t seen = 0;
	unsigned first = level == ROOT_LEVEL ? ENTRIES / 2 : 0;

	for (unsigned i = first; i < ENTRIES; i++) {
		uint64_t entry = pte_load(&table[i]);
		bool w = write && (entry & PTE_WRITE);
		bool x = execute && !(entry & PTE_NO_EXEC);
		bool u = user && (entry & PTE_USER);

		if (!(entry & PTE_PRESENT))
			continue;
		if (level > 0 && !(entry & PTE_HUGE)) {
			seen += walk(pte_table(entry), level - 1, w, x, u);
			continue;
		}
		if (w && x)
			ktest_fail(__FILE__, __LINE__,
				   "level %u entry %u, %#lx, is writable and executable", level, i,
				   entry);
		if (u)
			ktest_fail(__FILE__, __LINE__, "level %u entry %u, %#lx, is the user's",
				   level, i, entry);
		seen++;
	}
	return seen;
}

KTEST(arch_nothing_is_writable_and_executable)
{
	KTEST_CHECK(walk(pte_table(kernel_pagetable_root()), ROOT_LEVEL, true, true, true) > 100);
}

static void check_image(const char *start, const char *end, bool write, bool execute)
{
	for (vaddr_t at = (vaddr_t)start; at < (vaddr_t)end; at += PAGE_SIZE) {
		struct rights image = rights_of(at);
		struct rights direct = rights_of((vaddr_t)phys_to_virt(at - KERNEL_IMAGE_BASE));

		KTEST_CHECK(image.present && image.write == write && image.execute == execute);
		KTEST_CHECK(direct.present && direct.write == write && !direct.execute);
	}
}

KTEST(arch_image_rights)
{
	check_image(__text_start, __text_end, false, true);
	check_image(__rodata_start, __rodata_end, false, false);
	check_image(__data_start, __kernel_end, true, false);
}

/* ---- user page tables ---- */

struct walk_log {
	size_t pages;
	vaddr_t last;
};

static enum page_visit count_and_clear(vaddr_t address, struct page_mapping *mapping,
				       void *argument)
{
	struct walk_log *log = argument;

	KTEST_CHECK(address > log->last);
	log->last = address;
	log->pages++;
	return PAGE_VISIT_CLEAR;
}

static void put_all(struct list *frames)
{
	struct list_node *node;

	while ((node = list_pop_front(frames)) != NULL)
		frame_put(container_of(node, struct frame, node));
}

KTEST(arch_pagetable_grows_and_shrinks)
{
	static const vaddr_t places[] = {USER_PAGE, USER_PAGE + PAGE_SIZE, USER_PAGE + HUGE_SIZE,
					 1UL << 40, USER_TOP - PAGE_SIZE};
	struct page_table table;
	struct walk_log log = {0};
	struct list freed;

	list_init(&freed);
	KTEST_EQUAL(pagetable_create(&table), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
		KTEST_EQUAL(pagetable_map(&table, places[i], i * PAGE_SIZE, PAGE_USER | PAGE_READ),
			    0);
	/* The root, three paths of three tables, and one more leaf table. */
	KTEST_EQUAL(pagetable_pages(&table), 1 + 3 * 3 + 1);
	pagetable_visit(&table, 0, USER_TOP, count_and_clear, &log);
	KTEST_EQUAL(log.pages, ARRAY_SIZE(places));
	pagetable_prune(&table, 0, 1UL << 39, &freed);
	KTEST_EQUAL(pagetable_pages(&table), 1 + 2 * 3);
	put_all(&freed);
	pagetable_destroy(&table);
}

KTEST(arch_pagetable_flags)
{
	struct page_table table;
	struct page_mapping mapping;

	KTEST_EQUAL(pagetable_create(&table), 0);
	KTEST_EQUAL(pagetable_map(&table, USER_PAGE, PAGE_SIZE, PAGE_USER), 0);
	KTEST_CHECK(pagetable_lookup(&table, USER_PAGE, &mapping));
	KTEST_EQUAL(mapping.frame, PAGE_SIZE);
	KTEST_EQUAL(mapping.flags, PAGE_USER);
	KTEST_EQUAL(pagetable_map(&table, USER_PAGE, PAGE_SIZE,
				  PAGE_USER | PAGE_READ | PAGE_WRITE | PAGE_COW),
		    0);
	KTEST_CHECK(pagetable_lookup(&table, USER_PAGE, &mapping));
	KTEST_EQUAL(mapping.flags, PAGE_USER | PAGE_READ | PAGE_COW);
	KTEST_CHECK(!pagetable_lookup(&table, USER_PAGE + PAGE_SIZE, &mapping));
	struct walk_log log = {0};
	pagetable_visit(&table, 0, USER_TOP, count_and_clear, &log);
	pagetable_destroy(&table);
}

/* ---- shootdown ---- */

#define READERS 4
#define ROUNDS  40

struct shootdown {
	struct page_table table;
	_Atomic uint64_t published; /* release: no CPU sees an older page any more */
	_Atomic bool stop;
	_Atomic unsigned running;
};

/* Reads the page over and over with its table loaded: what it finds must be no older than what was
 * published before the reading. */
static void read_page(void *argument)
{
	struct shootdown *test = argument;

	sched_set_page_table(&test->table);
	test->running++;
	while (!test->stop) {
		uint32_t value = 0;
		uint64_t published = atomic_load(&test->published);

		KTEST_CHECK(arch_load_user32(USER_PAGE, &value));
		if (value < published)
			ktest_fail(__FILE__, __LINE__, "page %u seen after %lu was published",
				   value, published);
	}
	sched_set_page_table(NULL);
}

/* The new page goes in place of the old one, which then must be out of use everywhere. */
static struct frame *replace_page(struct shootdown *test, uint32_t value, struct frame *old)
{
	struct frame *frame = frame_alloc(0, FRAME_ZERO);

	KTEST_CHECK(frame != NULL);
	if (!frame)
		return old;
	*(uint32_t *)frame_vaddr(frame) = value;
	KTEST_EQUAL(pagetable_map(&test->table, USER_PAGE, frame_paddr(frame),
				  PAGE_USER | PAGE_READ),
		    0);
	if (old) {
		tlb_shootdown(&test->table, USER_PAGE, USER_PAGE + PAGE_SIZE);
		*(uint32_t *)frame_vaddr(old) = 0;
		frame_put(old);
	}
	atomic_store(&test->published, value);
	return frame;
}

KTEST(arch_shootdown_leaves_no_old_translation)
{
	struct shootdown test = {.published = 0};
	struct kthread *readers[READERS];
	struct frame *frame;

	KTEST_EQUAL(pagetable_create(&test.table), 0);
	frame = replace_page(&test, 1, NULL);
	for (unsigned i = 0; i < READERS; i++)
		readers[i] = kthread_run("reader", read_page, &test);
	while (test.running < READERS)
		sched_yield();
	for (uint32_t round = 2; round < ROUNDS; round++)
		frame = replace_page(&test, round, frame);
	test.stop = true;
	for (unsigned i = 0; i < READERS; i++)
		kthread_join(readers[i]);

	/* Idle CPUs may keep it loaded until told not to. */
	tlb_evict(&test.table);
	KTEST_EQUAL(test.table.loaded_on, 0);
	struct walk_log log = {0};
	pagetable_visit(&test.table, 0, USER_TOP, count_and_clear, &log);
	frame_put(frame);
	pagetable_destroy(&test.table);
}

/* ---- user memory ---- */

/* Two pages of user memory, and nothing before or after them. */
struct user_pages {
	struct page_table table;
	struct frame *frames[2];
};

static void user_pages_init(struct user_pages *pages)
{
	KTEST_EQUAL(pagetable_create(&pages->table), 0);
	for (unsigned i = 0; i < 2; i++) {
		pages->frames[i] = frame_alloc(0, FRAME_ZERO);
		KTEST_CHECK(pages->frames[i] != NULL);
		KTEST_EQUAL(pagetable_map(&pages->table, USER_PAGE + i * PAGE_SIZE,
					  frame_paddr(pages->frames[i]),
					  PAGE_USER | PAGE_READ | PAGE_WRITE),
			    0);
	}
	sched_set_page_table(&pages->table);
}

static void user_pages_destroy(struct user_pages *pages)
{
	struct walk_log log = {0};

	sched_set_page_table(NULL);
	tlb_evict(&pages->table);
	pagetable_visit(&pages->table, 0, USER_TOP, count_and_clear, &log);
	for (unsigned i = 0; i < 2; i++)
		frame_put(pages->frames[i]);
	pagetable_destroy(&pages->table);
}

KTEST(arch_usercopy_counts_exactly)
{
	struct user_pages pages;
	uint64_t end = USER_PAGE + 2 * PAGE_SIZE;
	char buffer[64];

	user_pages_init(&pages);
	memset(buffer, 'x', sizeof(buffer));
	for (size_t inside = 0; inside <= 40; inside++)
		for (size_t bytes = inside; bytes <= 40; bytes++) {
			KTEST_EQUAL(arch_copy_to_user(end - inside, buffer, bytes), bytes - inside);
			KTEST_EQUAL(arch_copy_from_user(buffer, end - inside, bytes),
				    bytes - inside);
			KTEST_EQUAL(arch_clear_user(end - inside, bytes), bytes - inside);
		}
	/* Across the pages' border and with nothing mapped at all. */
	KTEST_EQUAL(arch_copy_to_user(USER_PAGE + PAGE_SIZE - 13, "across the border", 18), 0);
	KTEST_EQUAL(arch_copy_from_user(buffer, USER_PAGE + PAGE_SIZE - 13, 18), 0);
	KTEST_EQUAL(strcmp(buffer, "across the border"), 0);
	KTEST_EQUAL(arch_copy_string_from_user(buffer, USER_PAGE + PAGE_SIZE - 13, sizeof(buffer)),
		    17);
	KTEST_EQUAL(arch_copy_string_from_user(buffer, USER_PAGE + PAGE_SIZE - 13, 5), 5);
	KTEST_EQUAL(arch_copy_to_user(end - 3, "end", 3), 0);
	KTEST_CHECK(arch_copy_string_from_user(buffer, end - 3, sizeof(buffer)) < 0);
	KTEST_EQUAL(arch_copy_from_user(buffer, USER_PAGE - 64, 64), 64);
	user_pages_destroy(&pages);
}

/* Strings that end at every distance from the end of what is mapped, with every limit: they are
 * read in words, which may reach beyond their end. */
KTEST(arch_usercopy_strings)
{
	static const char bytes[] = "\x80\xff\x01 words\x81, \x01\x80 and bytes";
	struct user_pages pages;
	uint64_t end = USER_PAGE + 2 * PAGE_SIZE;

	user_pages_init(&pages);
	for (size_t inside = 1; inside < sizeof(bytes); inside++)
		for (size_t length = 0; length < inside; length++)
			for (size_t limit = 0; limit <= sizeof(bytes); limit++) {
				char text[sizeof(bytes)], got[sizeof(bytes) + 1];

				memcpy(text, bytes, inside);
				text[length] = '\0';
				memset(got, 'x', sizeof(got));
				KTEST_EQUAL(arch_copy_to_user(end - inside, text, inside), 0);
				KTEST_EQUAL(arch_copy_string_from_user(got, end - inside, limit),
					    MIN(limit, length));
				KTEST_EQUAL(memcmp(got, text, MIN(limit, length + 1)), 0);
				KTEST_EQUAL(got[limit], 'x');
			}
	user_pages_destroy(&pages);
}

KTEST(arch_usercopy_words)
{
	struct user_pages pages;
	uint32_t expected = 0, value = 1;

	user_pages_init(&pages);
	KTEST_CHECK(arch_cmpxchg_user32(USER_PAGE, &expected, 5));
	KTEST_EQUAL(expected, 0);
	KTEST_CHECK(arch_cmpxchg_user32(USER_PAGE, &expected, 6));
	KTEST_EQUAL(expected, 5);
	KTEST_CHECK(arch_load_user32(USER_PAGE, &value));
	KTEST_EQUAL(value, 5);
	KTEST_CHECK(!arch_load_user32(USER_PAGE - 4, &value));
	KTEST_CHECK(!arch_cmpxchg_user32(USER_PAGE - 4, &expected, 6));
	user_pages_destroy(&pages);
}

/* ---- floating point ---- */

#define MXCSR_OFFSET  24
#define HEADER_OFFSET 512

static bool accepts(const void *good, size_t offset, uint64_t value, size_t bytes)
{
	char *area = kmalloc(fpu_area_size());
	bool ok;

	memcpy(area, good, fpu_area_size());
	memcpy(area + offset, &value, bytes);
	ok = fpu_area_sanitize(area);
	kfree(area);
	return ok;
}

KTEST(arch_fpu_refuses_what_would_fault)
{
	void *area = kmalloc(fpu_area_size());

	KTEST_CHECK(area != NULL);
	fpu_area_init(area);
	KTEST_CHECK(accepts(area, MXCSR_OFFSET, 0x1fbf, 4));
	KTEST_CHECK(!accepts(area, MXCSR_OFFSET, 0x1f80 | 1U << 31, 4));
	if (fpu_features()) {
		KTEST_CHECK(accepts(area, HEADER_OFFSET, fpu_features(), 8));
		KTEST_CHECK(!accepts(area, HEADER_OFFSET, 1UL << 62, 8));
		KTEST_CHECK(!accepts(area, HEADER_OFFSET + 8, 1UL << 63, 8));
		KTEST_CHECK(!accepts(area, HEADER_OFFSET + 16, 1, 8));
		KTEST_CHECK(!accepts(area, HEADER_OFFSET + 56, 1, 8));
	}
	kfree(area);
}

/* ---- time ---- */

/* Goes from CPU to CPU: what the next one reads must not be earlier. */
KTEST(arch_time_is_one_on_all_cpus)
{
	uint64_t last = clock_now();

	for (unsigned round = 0; round < 200; round++) {
		KTEST_EQUAL(sched_set_affinity(current, BIT(round % cpu_count())), 0);
		uint64_t now = clock_now();

		if (now < last)
			ktest_fail(__FILE__, __LINE__, "%lu ns back in time", last - now);
		last = now;
	}
}

/* The boot's calibration holds over a longer time; checked against the clock of the machine's own
 * timer. */
KTEST(arch_timer_is_not_early)
{
	for (unsigned round = 0; round < 20; round++) {
		uint64_t deadline = clock_now() + (round + 1) * 100000UL;

		KTEST_EQUAL(sleep_until(deadline, WAIT_UNINTERRUPTIBLE, "test"), 0);
		KTEST_CHECK(clock_now() >= deadline);
	}
}

/* ---- base ---- */

KTEST(base_symbols_are_found)
{
	size_t offset;
	const char *name = symbol_lookup((vaddr_t)clock_now + 3, &offset);

	KTEST_CHECK(name && strcmp(name, "clock_now") == 0 && offset == 3);
	KTEST_CHECK(!symbol_lookup((vaddr_t)__rodata_start, &offset));
	KTEST_CHECK(!symbol_lookup(0, &offset));
}

KTEST(base_ring_keeps_the_last_messages)
{
	char tail[32];
	size_t length;

	printk("printk test: %s\n", "abc");
	length = printk_read_ring(tail, 5);
	KTEST_EQUAL(length, 5);
	KTEST_CHECK(memcmp(tail, " abc\n", 5) == 0);
}

KTEST(base_random_does_not_repeat)
{
	uint64_t words[64];

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		words[i] = random_u64();
		for (unsigned j = 0; j < i; j++)
			KTEST_CHECK(words[i] != words[j]);
	}
}
