// Precompiled for speed alone: every source still includes what it uses.
#include <ATen/core/Tensor.h>
#include <torch/csrc/utils/pybind.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
