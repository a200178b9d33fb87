#pragma once
#include "ow_optimise.h"
#include "ow_random.h"
