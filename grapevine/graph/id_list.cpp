#include "grapevine/graph/id_list.h"

#include <ATen/ops/tensor.h>

namespace grapevine {

IdList::IdList(const std::vector<std::int64_t>& ids)
    : ids_(at::tensor(ids, at::kLong)), is_numbers_(true) {}

IdList::IdList(std::initializer_list<std::int64_t> ids) : IdList(std::vector<std::int64_t>(ids)) {}

}  // namespace grapevine
