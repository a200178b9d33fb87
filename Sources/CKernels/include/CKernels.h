#pragma once
#include "ow_coincidences.h"
#include "ow_convert.h"
#include "ow_lines.h"
#include "ow_optimise.h"
#include "ow_pulses.h"
#include "ow_random.h"
#include "ow_reads.h"
