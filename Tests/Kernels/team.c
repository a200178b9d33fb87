// The team of threads: pieces of one buffer, and two callers at once.
#include <pthread.h>

#include "ow_sigmoid.h"
#include "ow_team.h"
#include "values.h"

typedef struct {
  float *x;
  size_t size;
} work;

static void piece(void *context, size_t k) {
  work *w = context;
  ow_sigmoid(w->x + k * w->size, w->size);
}

static void *caller(void *argument) {
  work *w = argument;
  for (int round = 0; round < 200; round++)
    if (!ow_team_run(3, 16, piece, w))
      for (size_t k = 0; k < 16; k++) piece(w, k);
  return 0;
}

void run_team(int helpers) {
  work w = {floats(16 * 37, USUAL), 37};
  for (int round = 0; round < 200; round++) ow_team_run(helpers, (size_t)(round % 17), piece, &w);
  work other = {floats(16 * 37, USUAL), 37};
  pthread_t thread;
  if (pthread_create(&thread, 0, caller, &other)) abort();
  caller(&w);
  pthread_join(thread, 0);
  give_back();
}
