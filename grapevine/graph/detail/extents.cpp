#include "grapevine/graph/detail/extents.h"

#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/tensor.h>

#include "grapevine/util/error.h"

namespace grapevine::detail {

Extents read_extents(const at::Tensor& counts, const std::string& argument, std::int64_t total,
                     const char* entity) {
  check(counts.defined(), "{}: expected a tensor of {} counts, got an undefined one", argument,
        entity);
  check(counts.dim() == 1, "{}: expected a 1-D tensor of {} counts, got {} dimensions", argument,
        entity, counts.dim());
  check(counts.scalar_type() == at::kLong || counts.scalar_type() == at::kInt,
        "{}: expected {} counts of type int64 or int32, got {}", argument, entity,
        at::toString(counts.scalar_type()));
  const at::Tensor on_cpu = counts.to(at::kCPU, at::kLong).contiguous();
  const std::int64_t* count = on_cpu.const_data_ptr<std::int64_t>();
  Extents extents;
  for (std::int64_t i = 0; i < on_cpu.numel(); ++i) {
    check(count[i] >= 0, "{}: expected {} counts of 0 or more, got {}", argument, entity, count[i]);
    check(count[i] <= total - extents.total,
          "{}: expected counts that sum to the {} {}s of the graph, got more", argument, total,
          entity);
    extents.add(count[i]);
  }
  check(extents.total == total,
        "{}: expected counts that sum to the {} {}s of the graph, got a sum of {}", argument, total,
        entity, extents.total);
  return extents;
}

at::Tensor repeat_for_rows(const std::vector<std::int64_t>& values, const Extents& rows,
                           const at::TensorOptions& options) {
  const at::Tensor counts = at::tensor(rows.counts, at::kLong).to(options.device());
  return at::tensor(values, at::kLong)
      .to(options.device(), c10::typeMetaToScalarType(options.dtype()))
      .repeat_interleave(counts, /*dim=*/0, rows.total);
}

}  // namespace grapevine::detail
