#include "grapevine/ops/detail/coo_index.h"

#include <ATen/ops/aminmax.h>

#include "grapevine/ops/csr.h"
#include "grapevine/util/error.h"

namespace grapevine::ops::detail {
namespace {

void check_ids(const char* name, const at::Tensor& ids, std::int64_t num_nodes) {
  check(num_nodes >= 0, "num_{}: expected 0 or more, got {}", name, num_nodes);
  check(ids.defined() && ids.dim() == 1, "{}: expected a one-dimensional tensor of ids", name);
  check(ids.scalar_type() == at::kLong || ids.scalar_type() == at::kInt,
        "{}: expected int32 or int64, got {}", name, c10::toString(ids.scalar_type()));
  if (ids.numel() == 0) {
    return;
  }
  const auto [low, high] = at::aminmax(ids);
  const auto smallest = low.item<std::int64_t>();
  const auto largest = high.item<std::int64_t>();
  check(smallest >= 0 && largest < num_nodes, "{}: {} is out of range; num_{} is {}", name,
        smallest < 0 ? smallest : largest, name, num_nodes);
}

}  // namespace

EdgeIndexPtr CooIndex::make(const at::Tensor& src, const at::Tensor& dst, std::int64_t num_src,
                            std::int64_t num_dst) {
  check_ids("src", src, num_src);
  check_ids("dst", dst, num_dst);
  check(src.numel() == dst.numel(), "src and dst: expected one length, got {} and {}", src.numel(),
        dst.numel());
  check(src.scalar_type() == dst.scalar_type(), "src and dst: expected one dtype, got {} and {}",
        c10::toString(src.scalar_type()), c10::toString(dst.scalar_type()));
  check(src.device() == dst.device(), "src and dst: expected one device, got {} and {}",
        src.device().str(), dst.device().str());
  return EdgeIndexPtr(new CooIndex({src.contiguous(), dst.contiguous()}, num_src, num_dst));
}

const Csr& CooIndex::csr() const {
  std::call_once(csr_made_, [this] { csr_ = coo_to_csr(coo_.src, coo_.dst, num_src_); });
  return csr_;
}

const Csr& CooIndex::csc() const {
  std::call_once(csc_made_, [this] { csc_ = coo_to_csr(coo_.dst, coo_.src, num_dst_); });
  return csc_;
}

}  // namespace grapevine::ops::detail
