#pragma once
#include "ow_random.h"
