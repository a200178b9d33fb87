#pragma once
// Many pulses on a device at once.
//
// All pulses of a cell count as spread evenly over its train. With a law whose step is locally
// d + s·(w − w₀), n pulses up and m down solve dw = F(w)dt with F = n·q(s⁺)·step⁺ + m·q(s⁻)·step⁻ and
// q(s) = ln(1+s)/s. For pulses of one direction and an affine law that is the iteration's result to
// rounding; for both directions it is the mean over their orders to second order in s. The variance
// is that of the single steps, carried through the law's contraction.
//
// Bounds: the iteration clips after every pulse. For one pulse so do we. For more, the largest
// excursion M of the path is drawn from its distribution for Brownian motion with the given end and
// the steps' quadratic variation V, M = (S + √(S² + 2V·E))/2 with E exponential, less the 0.5826 step
// by which a walk's maximum falls short (Siegmund, Adv. Appl. Probab. 11, 701, 1979), and the path is
// pushed back by what exceeds the bound (Skorokhod's reflection, which clipping each step is).
#include "elementary_inline.h"
#include "include/ow_coincidences.h"
#include "pulse_noise_inline.h"
#include "random_inline.h"

#pragma STDC FP_CONTRACT OFF

typedef struct {
  float w[GROUP], low[GROUP], high[GROUP];
  float up[3][GROUP], down[3][GROUP];
  float own_up[GROUP], own_down[GROUP];
  float ups[GROUP], downs[GROUP];
  float read[GROUP];
  uint32_t index[GROUP];
  int n;
} lanes_t;

typedef struct {
  float step, slope, deviation;
} response_t;

// The mean step, its slope and the deviation that the law itself adds.
OW_INLINE response_t respond(
    const ow_cells *c, int form, int is_up, const float k[3][GROUP], float w, float low, float high,
    int j) {
  response_t r = {0, 0, 0};
  if (form == OW_CONSTANT) {
    r.step = k[0][j];
  } else if (form == OW_AFFINE) {
    r.step = k[0][j] + k[1][j] * w;
    r.slope = k[1][j];
  } else if (form == OW_EXPONENTIAL) {
    float factor = is_up ? c->factor_up : c->factor_down;
    float e = factor * exp_f32(k[1][j] * w + k[2][j]);
    float y = c->offset - e;
    r.step = k[0][j] * (y > 0.0f ? y : 0.0f);
    r.slope = y > 0.0f ? -k[0][j] * k[1][j] * e : 0.0f;
  } else if (form == OW_POWER) {
    float range = high - low;
    float inverse = range > 0.0f ? 1.0f / range : 0.0f;
    float x = (is_up ? high - w : w - low) * inverse;
    float safe = x > 1e-30f ? x : 1e-30f;
    float raised = exp_f32(k[1][j] * log_f32(safe));
    r.step = x > 1e-30f ? k[0][j] * raised : 0.0f;
    float near = x > 1e-6f ? x : 1e-6f;
    float slope = k[1][j] * r.step * inverse / near;
    r.slope = is_up ? -slope : slope;
  } else {
    float range = high - low;
    float top = (float)(c->node_count - 1);
    float inverse = range > 0.0f ? top / range : 0.0f;
    float x = (w - low) * inverse;
    x = x > 0.0f ? x : 0.0f;
    x = x < top ? x : top;
    int32_t i = (int32_t)x;
    i = i < c->node_count - 2 ? i : c->node_count - 2;
    float q = x - (float)i;
    const float *mean = c->nodes + (is_up ? 0 : c->node_count) + i;
    const float *spread = mean + 2 * c->node_count;
    r.step = k[0][j] * (mean[0] + q * (mean[1] - mean[0]));
    r.slope = k[0][j] * (mean[1] - mean[0]) * inverse;
    r.deviation = k[0][j] * (spread[0] + q * (spread[1] - spread[0]));
  }
  return r;
}

// A root that the compiler knows to be real, so that loops over it vectorise.
OW_INLINE float root_of(float x) { return sqrtf(x > 0.0f ? x : 0.0f); }

// q(s) = ln(1+s)/s by 2·artanh(s/(2+s))/s.
OW_INLINE float log_ratio(float s) {
  float t = s / (2.0f + s);
  float t2 = t * t;
  float series = 1.0f + t2 * (0.33333334f + t2 * (0.2f + t2 * (0.14285715f + t2 * 0.11111111f)));
  return 2.0f / (2.0f + s) * series;
}

// (e^x − 1)/x.
OW_INLINE float growth(float x) {
  float series = 1.0f
      + x * (0.5f + x * (0.16666667f + x * (4.1666668e-2f + x * (8.3333333e-3f + x * 1.3888889e-3f))));
  float safe = x < -0.25f || x > 0.25f ? x : 0.25f;
  float direct = (exp_f32(safe) - 1.0f) / safe;
  return x < -0.25f || x > 0.25f ? direct : series;
}

OW_INLINE float limited(float s) {
  s = s > -0.9f ? s : -0.9f;
  return s < 0.9f ? s : 0.9f;
}

// One pass of the closed form over the lanes with `part` of their pulses. `next_draw` numbers the
// groups of random numbers.
OW_INLINE void burst_pass(
    const ow_cells *c, int form, int has_table_noise, lanes_t *b, float part, const float *xi,
    uint64_t *next_draw) {
  float shift[GROUP], variation[GROUP], most[GROUP];
  int32_t crossing[GROUP];
  const float relative = c->relative, additive = c->additive, sloped = c->sloped;
  for (int j = 0; j < GROUP; j++) {
    float w = b->w[j];
    float n = b->ups[j] * part, m = b->downs[j] * part, all = n + m;
    response_t u = respond(c, form, 1, b->up, w, b->low[j], b->high[j], j);
    response_t d = respond(c, form, 0, b->down, w, b->low[j], b->high[j], j);
    float su = 0.0f, sd = 0.0f, rate = 0.0f;
    float mean = n * u.step + m * d.step;
    if (form != OW_CONSTANT) {
      su = limited(u.slope);
      sd = limited(d.slope);
      float qu = log_ratio(su) * n, qd = log_ratio(sd) * m;
      rate = su * qu + sd * qd;
      mean = (qu * u.step + qd * d.step) * growth(rate);
    }
    // The steps' deviations at the middle of the train.
    float many = all > 1.0f ? all : 1.0f;
    float rest = 1.0f - 1.0f / many;
    float half = 0.5f * rest * mean;
    float middle = w + half;
    float step_u = u.step, step_d = d.step;
    if (form != OW_CONSTANT) {
      step_u += su * half;
      step_d += sd * half;
    }
    float common = additive + sloped * fabsf(middle);
    float dev_u = relative * fabsf(step_u) + common + b->own_up[j];
    float dev_d = relative * fabsf(step_d) + common + b->own_down[j];
    if (has_table_noise) {
      dev_u += u.deviation;
      dev_d += d.deviation;
    }
    float noise = n * dev_u * dev_u + m * dev_d * dev_d;
    float deviation = root_of(form == OW_CONSTANT ? noise : noise * exp_f32(rate * rest));
    float total = mean + deviation * xi[j];
    float tilt = step_u - step_d;
    float v = noise + (all > 0.0f ? n * m / many * tilt * tilt : 0.0f);
    float next = w + total;
    shift[j] = total;
    variation[j] = v;
    most[j] = many;
    float reach = 4.0f * root_of(v) + fabsf(mean);
    crossing[j] = (w + reach > b->high[j]) | (w - reach < b->low[j]);
    float held = next > b->low[j] ? next : b->low[j];
    held = held < b->high[j] ? held : b->high[j];
    b->w[j] = all > 0.0f ? held : w;
    // The start is needed again where the path may have touched a bound.
    shift[j] = all > 1.0f ? shift[j] : 0.0f;
    crossing[j] = all > 1.0f ? crossing[j] : 0;
    b->read[j] = w;
  }
  int32_t any = 0;
  for (int j = 0; j < GROUP; j++) any |= crossing[j];
  if (!any) return;
  float one[GROUP], two[GROUP];
  pulse_noise(one, two, c->key, c->stream, (*next_draw)++, c->piece);
  for (int j = 0; j < GROUP; j++) {
    float w = b->read[j], s = shift[j], v = variation[j];
    float e = 0.5f * (one[j] * one[j] + two[j] * two[j]);
    float root = root_of(s * s + 2.0f * v * e);
    float fall = 0.5826f * root_of(v / most[j]);
    float high = 0.5f * (root + s) - fall, low = 0.5f * (root - s) - fall;
    float top = s > 0.0f ? s : 0.0f, bottom = s < 0.0f ? -s : 0.0f;
    high = high > top ? high : top;
    low = low > bottom ? low : bottom;
    float over = high - (b->high[j] - w), under = low - (w - b->low[j]);
    over = over > 0.0f ? over : 0.0f;
    under = under > 0.0f ? under : 0.0f;
    // A path that touches both bounds is held by the one that it passed further.
    float next = w + s - (over > under ? over : 0.0f) + (over > under ? 0.0f : under);
    next = next > b->low[j] ? next : b->low[j];
    next = next < b->high[j] ? next : b->high[j];
    b->w[j] = crossing[j] ? next : b->w[j];
  }
}

// Numbers come in pairs of groups; what is left of a pair serves the next call.
typedef struct {
  float xi[2][GROUP];
  int left;
  uint64_t next;
} draws_t;

OW_INLINE const float *draw(const ow_cells *c, draws_t *d) {
  if (d->left == 0) {
    pulse_noise(d->xi[0], d->xi[1], c->key, c->stream, d->next++, c->piece);
    d->left = 2;
  }
  return d->xi[2 - d->left--];
}

// All pulses of the lanes: laws that are not affine in parts over which their steps change little.
OW_INLINE void burst_lanes(const ow_cells *c, int form, lanes_t *b, draws_t *draws) {
  int parts = 1;
  if (form != OW_AFFINE && form != OW_CONSTANT) {
    float changes[GROUP];
    for (int j = 0; j < GROUP; j++) {
      response_t u = respond(c, form, 1, b->up, b->w[j], b->low[j], b->high[j], j);
      response_t d = respond(c, form, 0, b->down, b->w[j], b->low[j], b->high[j], j);
      float change = b->ups[j] * fabsf(u.slope) + b->downs[j] * fabsf(d.slope);
      float pulses = b->ups[j] + b->downs[j];
      change = change < pulses ? change : pulses;
      changes[j] = pulses > 1.0f ? change : 0.0f;
    }
    // The order of floats above 0 is that of their bits.
    int32_t bits[GROUP], largest = 0;
    memcpy(bits, changes, sizeof bits);
    for (int j = 0; j < GROUP; j++) largest = bits[j] > largest ? bits[j] : largest;
    float most;
    memcpy(&most, &largest, sizeof most);
    parts = (int)(most * 8.0f) + 1;
    parts = parts < 32 ? parts : 32;
  }
  for (int k = 0; k < parts; k++)
    burst_pass(
        c, form, form == OW_TABLE, b, 1.0f / (float)parts, draw(c, draws), &draws->next);
  if (c->read) {
    const float *xi = draw(c, draws);
    for (int j = 0; j < GROUP; j++) b->read[j] = b->w[j] + c->write * xi[j];
  }
}
