// A team of threads that share a job's pieces.
//
// A helper has a slot. The caller offers a job by setting the slot, takes pieces itself until there
// are none, and then withdraws the offer from the helpers that have not taken it; it waits only for those that
// have. Waiting, on both sides, is watching for a while and then sleeping on the slot's condition.
#include "include/ow_team.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define PAUSE() _mm_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

// How often a slot is looked at before the watcher sleeps: some 50 µs.
#define LOOKS 2000
#define MOST_HELPERS 255

enum { FREE, OFFERED, TAKEN };

typedef struct {
  _Alignas(128) atomic_int state;
  atomic_int sleepers;
  pthread_mutex_t lock;
  pthread_cond_t changed;
} slot_t;

static slot_t slots[MOST_HELPERS];
// Helpers that exist; only the caller that holds `busy` changes it.
static int helper_count;
static atomic_int busy;

// The job; written before slots are set to OFFERED, read after they were found so.
static struct {
  ow_piece body;
  void *context;
  size_t count;
  _Alignas(128) atomic_size_t next;
} job;

static void take_pieces(void) {
  for (;;) {
    size_t k = atomic_fetch_add_explicit(&job.next, 1, memory_order_relaxed);
    if (k >= job.count) return;
    job.body(job.context, k);
  }
}

static void set_state(slot_t *s, int state) {
  atomic_store(&s->state, state);
  // Whoever counts as asleep has the lock or waits: it sees the new state or gets the signal.
  if (atomic_load(&s->sleepers)) {
    pthread_mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
  }
}

// Returns when the slot's state is (or, with `is` 0, is not) `state`.
static void await_state(slot_t *s, int state, int is) {
  for (int k = 0; k < LOOKS; k++) {
    if ((atomic_load_explicit(&s->state, memory_order_acquire) == state) == is) return;
    PAUSE();
  }
  pthread_mutex_lock(&s->lock);
  atomic_fetch_add(&s->sleepers, 1);
  while ((atomic_load(&s->state) == state) != is) pthread_cond_wait(&s->changed, &s->lock);
  atomic_fetch_sub(&s->sleepers, 1);
  pthread_mutex_unlock(&s->lock);
}

static void *help(void *argument) {
  slot_t *s = argument;
  for (;;) {
    await_state(s, OFFERED, 1);
    int offered = OFFERED;
    if (!atomic_compare_exchange_strong(&s->state, &offered, TAKEN)) continue;
    take_pieces();
    set_state(s, FREE);
  }
  return NULL;
}

// Starts helpers until there are `wanted`, as far as the system lets us.
static void grow(int wanted) {
  sigset_t all, before;
  sigfillset(&all);
  // Signals are for the program's own threads.
  pthread_sigmask(SIG_BLOCK, &all, &before);
  while (helper_count < wanted) {
    slot_t *s = &slots[helper_count];
    pthread_t thread;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    if (pthread_create(&thread, NULL, help, s) != 0) break;
    pthread_detach(thread);
    helper_count++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int ow_team_run(int helpers, size_t count, ow_piece body, void *context) {
  if (atomic_exchange(&busy, 1)) return 0;
  if (helpers > MOST_HELPERS) helpers = MOST_HELPERS;
  if (helper_count < helpers) grow(helpers);
  if (helpers > helper_count) helpers = helper_count;
  job.body = body;
  job.context = context;
  job.count = count;
  atomic_store(&job.next, 0);
  for (int k = 0; k < helpers; k++) set_state(&slots[k], OFFERED);
  take_pieces();
  for (int k = 0; k < helpers; k++) {
    int offered = OFFERED;
    if (!atomic_compare_exchange_strong(&slots[k].state, &offered, FREE))
      await_state(&slots[k], FREE, 1);
  }
  atomic_store(&busy, 0);
  return 1;
}
