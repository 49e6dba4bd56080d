#include "grapevine/graph/checks.h"

#include <ATen/ops/aminmax.h>

#include "grapevine/util/error.h"

namespace grapevine {

void check_id_tensor(const at::Tensor& ids, std::string_view function, std::string_view entity,
                     at::ScalarType idtype, at::Device device) {
  check(ids.defined(), "{}: expected a tensor of {} ids, got an undefined one", function, entity);
  check(ids.dim() == 1, "{}: expected a 1-D tensor of {} ids, got {} dimensions", function, entity,
        ids.dim());
  check(ids.scalar_type() == idtype, "{}: expected {} ids of type {}, as the graph's, got {}",
        function, entity, at::toString(idtype), at::toString(ids.scalar_type()));
  check(ids.device() == device, "{}: expected {} ids on {}, as the graph is, got {}", function,
        entity, device.str(), ids.device().str());
}

void check_ids(const at::Tensor& ids, std::string_view function, std::string_view entity,
               std::int64_t count, at::ScalarType idtype, at::Device device) {
  check_id_tensor(ids, function, entity, idtype, device);
  if (ids.numel() == 0) {
    return;
  }
  const auto [low, high] = at::aminmax(ids);
  const auto smallest = low.item<std::int64_t>();
  const auto largest = high.item<std::int64_t>();
  const auto wrong = smallest < 0 ? smallest : largest;
  check(smallest >= 0 && largest < count,
        "{}: {} id {} is out of range; there are {} {}s, with ids from 0 to {}", function, entity,
        wrong, count, entity, count - 1);
}

}  // namespace grapevine
