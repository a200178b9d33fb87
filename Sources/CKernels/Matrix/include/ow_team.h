#pragma once
#include <stddef.h>

/// A piece of work: number `piece` of the job that `context` describes.
typedef void (*ow_piece)(void *context, size_t piece);

/// Calls `body` once for each piece 0 ..< count, on the calling thread and up to `helpers` others, and
/// returns 1 when all are done. Returns 0, with nothing done, where the team is at work already: it
/// serves one job at a time, and a piece of a job cannot start another one.
///
/// Helpers watch for the next job for some tens of microseconds before they go to sleep: to wake a
/// thread takes as long as many pieces last.
int ow_team_run(int helpers, size_t count, ow_piece body, void *context);
