/* SPDX-License-Identifier: MIT */
/*
 * Orders in which things must happen to an address space.
 *
 * A mapping comes to a file whose mappings are frozen: after the thaw.
 *
 * Writes to a page that is being copied on write are seen by all CPUs as they happened. Three CPUs:
 *
 *     copier                     writer                       reader, interrupts off
 *                                                             reads the word: 0, from the old page
 *     writes beside the word:
 *     puts in a copy, asks the   waits until it is in,
 *     reader's CPU to forget     writes 1 to the word,
 *     the old page, waits        then sets the flag           sees the flag, reads the word
 *
 * With its interrupts off the reader keeps the old page for as long as it likes. It gives up after
 * a while, for with the right order the flag cannot be set before it has answered.
 */
#include "arch/irq.h"
#include "arch/usercopy.h"
#include "base/ktest.h"
#include "sched/sched.h"
#include "tests/kernel/sync_help.h"
#include "vm/region.h"

#define BASE     0x10000000UL
#define ROUNDS   20
#define PATIENCE 20000

static struct round {
	struct aspace *aspace;
	paddr_t old; /* const: the page before it was copied */
	/* seq_cst: the order is what is tested */
	_Atomic bool reads, flag;
	/* [the reader] */
	bool saw_flag;
	uint64_t saw_word;
} round;

static void write_word(vaddr_t to, uint64_t value)
{
	while (arch_copy_to_user(to, &value, sizeof(value)))
		KTEST_EQUAL(aspace_fault(round.aspace, to, PAGE_WRITE), FAULT_DONE);
}

static void copier(void *unused)
{
	(void)unused;
	sched_set_page_table(&round.aspace->table);
	while (!round.reads)
		cpu_relax();
	write_word(BASE + sizeof(uint64_t), 1);
	sched_set_page_table(NULL);
}

static paddr_t mapped_now(void)
{
	struct page_mapping mapping = {0};

	spin_lock(&round.aspace->table_lock);
	KTEST_CHECK(pagetable_lookup(&round.aspace->table, BASE, &mapping));
	spin_unlock(&round.aspace->table_lock);
	return mapping.frame;
}

static void writer(void *unused)
{
	(void)unused;
	sched_set_page_table(&round.aspace->table);
	while (mapped_now() == round.old)
		cpu_relax();
	write_word(BASE, 1);
	round.flag = true;
	sched_set_page_table(NULL);
}

static void read_word(uint64_t *value)
{
	while (arch_copy_from_user(value, BASE, sizeof(*value)))
		KTEST_EQUAL(aspace_fault(round.aspace, BASE, PAGE_READ), FAULT_DONE);
}

static void reader(void *unused)
{
	uint64_t irq;

	(void)unused;
	sched_set_page_table(&round.aspace->table);
	read_word(&round.saw_word); /* makes the page present: no fault with interrupts off */
	irq = irq_save();
	read_word(&round.saw_word);
	round.reads = true;
	for (int i = 0; i < PATIENCE && !round.flag; i++)
		cpu_relax();
	round.saw_flag = round.flag;
	read_word(&round.saw_word);
	irq_restore(irq);
	sched_set_page_table(NULL);
}

static void run_round(void)
{
	static void (*const entries[])(void *) = {copier, writer, reader};
	struct kthread *threads[ARRAY_SIZE(entries)];

	round.reads = round.flag = false;
	for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
		threads[i] = kthread_create_on(i, "order", entries[i], NULL);
		KTEST_EQUAL(sched_set_affinity(kthread_thread(threads[i]), BIT(i)), 0);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(entries); i++)
		kthread_start(threads[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(entries); i++)
		kthread_join(threads[i]);
	KTEST_CHECK(!round.saw_flag || round.saw_word == 1);
}

KTEST(vm_copy_order)
{
	const struct map_request request = {.address = BASE,
					    .length = PAGE_SIZE,
					    .flags = REGION_READ | REGION_WRITE,
					    .fixed = true};
	uint64_t zero = 0;

	if (cpu_count() < 3)
		return;
	for (int i = 0; i < ROUNDS; i++) {
		round.aspace = aspace_create();
		KTEST_EQUAL(aspace_map(round.aspace, &request), BASE);
		KTEST_EQUAL(aspace_write(round.aspace, BASE, &zero, sizeof(zero)), 0);
		round.old = mapped_now();
		struct aspace *child = aspace_fork(round.aspace); /* so that there is a copy */
		KTEST_CHECK(child != NULL);
		run_round();
		aspace_put(child);
		aspace_put(round.aspace);
	}
}

/* ---- frozen mappings ---- */

struct mapper {
	struct aspace *aspace;
	struct memobj *object;
	_Atomic bool done;
};

static void map_object(void *argument)
{
	struct mapper *mapper = argument;
	const struct map_request request = {.address = BASE,
					    .length = PAGE_SIZE,
					    .flags = REGION_READ,
					    .fixed = true,
					    .object = mapper->object};

	KTEST_EQUAL(aspace_map(mapper->aspace, &request), BASE);
	mapper->done = true;
}

/* A second freezer, who came before the mapping, may have its turn first; the mapping is not
 * lost. */
static void freeze_and_thaw(void *argument)
{
	struct memobj *object = argument;

	memobj_freeze_mappings(object);
	KTEST_CHECK(list_empty(&object->regions));
	memobj_thaw_mappings(object);
}

KTEST(vm_mapping_waits_for_the_thaw)
{
	struct mapper mapper = {.aspace = aspace_create(), .object = memobj_create(PAGE_SIZE)};
	struct kthread *freezer, *thread;

	memobj_freeze_mappings(mapper.object);
	freezer = kthread_run("freezer", freeze_and_thaw, mapper.object);
	await_blocked(freezer);
	thread = kthread_run("mapper", map_object, &mapper);
	while (!mapper.done && !is_blocked(thread))
		sched_yield();
	KTEST_CHECK(!mapper.done);
	KTEST_CHECK(list_empty(&mapper.object->regions));
	memobj_thaw_mappings(mapper.object);
	kthread_join(freezer);
	kthread_join(thread);
	KTEST_EQUAL(list_length(&mapper.object->regions), 1);
	aspace_put(mapper.aspace);
	memobj_put(mapper.object);
}
