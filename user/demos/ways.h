/* SPDX-License-Identifier: MIT */
/*
 * Seven ways for a message to get from one to another, in two models. Include after demo.h.
 *
 * Messages: the sender has a buffer of its own, and a call gives what is in it to the kernel, which
 * copies it, keeps the order and lets who must wait sleep. Shared memory: the sender writes in a
 * ring of places that the receiver reads in; nothing is copied, and semaphores, or a condition
 * variable between threads, say which places are whose.
 */
#ifndef WAYS_H
#define WAYS_H

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define PLACES    64 /* of the ring */
#define QUEUE_MAX 8  /* messages in a queue: Linux allows ten */
#define PLACE_MAX 4096

struct way {
	const char *name;
	int (*open)(int ends[2]);      /* before the sender is started */
	char *(*place)(void);          /* where the sender writes its next message */
	bool (*send)(size_t size);     /* sends what it wrote there */
	char *(*receive)(size_t size); /* the next message; good until the one after is asked for */
	bool shared, threads;          /* the model; the two are threads of one process */
};

/* ---- Messages ---- */

static int ends[2]; /* to receive from, to send to */
static char outgoing[PLACE_MAX], incoming[PLACE_MAX];

/* A name that no other run of the demo has. */
static inline const char *name_in(const char *directory)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s/ipc.%d", directory, getpid());
	return name;
}

/* Each way's open() returns a negative number when it could not. pipe() is one. */

static inline int open_socket(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static inline int open_fifo(int ends[2])
{
	must(mkfifo(name_in("/tmp"), 0600) == 0, "mkfifo");
	ends[0] = ends[1] = open(name_in("/tmp"), O_RDWR);
	unlink(name_in("/tmp"));
	return ends[0];
}

static inline int open_file(int ends[2])
{
	ends[1] = open(name_in("/tmp"), O_WRONLY | O_CREAT | O_EXCL, 0600);
	ends[0] = open(name_in("/tmp"), O_RDONLY);
	unlink(name_in("/tmp"));
	return ends[0];
}

static inline int open_queue(int ends[2])
{
	struct mq_attr size = {.mq_maxmsg = QUEUE_MAX, .mq_msgsize = PLACE_MAX};

	ends[0] = ends[1] = mq_open(name_in(""), O_RDWR | O_CREAT | O_EXCL, 0600, &size);
	mq_unlink(name_in(""));
	return ends[0];
}

static inline char *own_buffer(void)
{
	return outgoing;
}

static inline bool send_bytes(size_t size)
{
	return write(ends[1], outgoing, size) == (ssize_t)size;
}

static inline char *receive_bytes(size_t size)
{
	for (size_t have = 0; have < size;) {
		ssize_t got = read(ends[0], incoming + have, size - have);

		must(got >= 0, "read");
		have += got;
		if (got == 0)
			sched_yield(); /* a file does not say when there will be more */
	}
	return incoming;
}

static inline bool send_to_queue(size_t size)
{
	return mq_send(ends[1], outgoing, size, 0) == 0;
}

static inline char *receive_from_queue(size_t size)
{
	must(mq_receive(ends[0], incoming, PLACE_MAX, NULL) == (ssize_t)size, "mq_receive");
	return incoming;
}

/* ---- Shared memory ---- */

/* So many places are empty, or full: a semaphore, or a number under a lock. */
struct count {
	sem_t semaphore;
	long number; /* [lock] */
};

static struct ring {
	struct count empty, full;
	long in, out; /* the sender's own, the receiver's own */
	char place[PLACES][PLACE_MAX];
} * ring;
static bool use_condition; /* not the semaphores */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static inline void take_one(struct count *count)
{
	if (!use_condition) {
		must(sem_wait(&count->semaphore) == 0, "sem_wait");
		return;
	}
	pthread_mutex_lock(&lock);
	while (count->number == 0)
		pthread_cond_wait(&changed, &lock);
	count->number--;
	pthread_mutex_unlock(&lock);
}

static inline void add_one(struct count *count)
{
	if (!use_condition) {
		sem_post(&count->semaphore);
		return;
	}
	pthread_mutex_lock(&lock);
	count->number++;
	pthread_mutex_unlock(&lock);
	pthread_cond_broadcast(&changed);
}

static inline int open_ring(int unused[2])
{
	ring = shared_memory(sizeof(*ring));
	sem_init(&ring->empty.semaphore, 1, PLACES);
	sem_init(&ring->full.semaphore, 1, 0);
	ring->empty.number = PLACES;
	return 0;
}

static inline int open_queue_of_threads(int unused[2])
{
	use_condition = true;
	return open_ring(unused);
}

static inline char *empty_place(void)
{
	take_one(&ring->empty);
	return ring->place[ring->in++ % PLACES];
}

static inline bool tell_full(size_t size)
{
	add_one(&ring->full);
	return true;
}

static inline char *full_place(size_t size)
{
	if (ring->out > 0)
		add_one(&ring->empty); /* the one before has been read */
	take_one(&ring->full);
	return ring->place[ring->out++ % PLACES];
}

/* ---- All of them ---- */

static const struct way ways[] = {
	{"pipe", pipe, own_buffer, send_bytes, receive_bytes, false, false},
	{"FIFO", open_fifo, own_buffer, send_bytes, receive_bytes, false, false},
	{"file", open_file, own_buffer, send_bytes, receive_bytes, false, false},
	{"local stream socket", open_socket, own_buffer, send_bytes, receive_bytes, false, false},
	{"message queue", open_queue, own_buffer, send_to_queue, receive_from_queue, false, false},
	{"shared memory, semaphore", open_ring, empty_place, tell_full, full_place, true, false},
	{"threads: queue, condvar", open_queue_of_threads, empty_place, tell_full, full_place, true,
	 true},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

#endif
