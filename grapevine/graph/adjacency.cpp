#include "grapevine/graph/adjacency.h"

#include <ATen/ops/aminmax.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "grapevine/ops/csr.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// A value made at most once, by whichever thread asks first.
template <typename T>
class Lazy {
 public:
  [[nodiscard]] bool has_value() const { return ready_.load(std::memory_order_acquire); }
  [[nodiscard]] const T& value() const { return value_; }
  void set(T value) {
    value_ = std::move(value);
    ready_.store(true, std::memory_order_release);
  }
  template <typename Make>
  const T& get(const Make& make) {
    if (!has_value()) {
      const std::lock_guard lock(mutex_);
      if (!has_value()) {
        set(make());
      }
    }
    return value_;
  }

 private:
  std::atomic<bool> ready_{false};
  std::mutex mutex_;
  T value_;
};

void check_endpoints(const at::Tensor& ids, std::string_view name, std::int64_t num_nodes) {
  if (ids.numel() == 0) {
    return;
  }
  const auto [low, high] = at::aminmax(ids);
  const auto smallest = low.item<std::int64_t>();
  const auto largest = high.item<std::int64_t>();
  check(smallest >= 0, "{}: node ids must not be negative, got {}", name, smallest);
  check(largest < num_nodes, "{}: node id {} is out of range; there are {} nodes (0 to {})", name,
        largest, num_nodes, num_nodes - 1);
}

void check_columns(const at::Tensor& src, const at::Tensor& dst) {
  check(src.defined() && dst.defined(), "src and dst: expected two tensors, got an undefined one");
  check(src.dim() == 1, "src: expected a 1-D tensor of node ids, got {} dimensions", src.dim());
  check(dst.dim() == 1, "dst: expected a 1-D tensor of node ids, got {} dimensions", dst.dim());
  check(src.scalar_type() == at::kLong || src.scalar_type() == at::kInt,
        "src: node ids must be int64 or int32, got {}", at::toString(src.scalar_type()));
  check(src.scalar_type() == dst.scalar_type(), "src and dst: expected one id type, got {} and {}",
        at::toString(src.scalar_type()), at::toString(dst.scalar_type()));
  check(src.numel() == dst.numel(), "src and dst: expected equal lengths, got {} and {}",
        src.numel(), dst.numel());
  check(src.device() == dst.device(), "src and dst: expected one device, got {} and {}",
        src.device().str(), dst.device().str());
}

at::Tensor degrees(const ops::Csr& rows, at::ScalarType idtype) {
  return rows.indptr.diff().to(idtype);
}

ops::Csr convert(const ops::Csr& csr, at::Device device, at::ScalarType idtype) {
  return {csr.indptr.to(device), csr.indices.to(device, idtype),
          csr.edge_ids.defined() ? csr.edge_ids.to(device, idtype) : csr.edge_ids};
}

}  // namespace

struct Adjacency::Formats {
  Lazy<ops::Coo> coo;
  Lazy<ops::Csr> csr;
  Lazy<ops::Csr> csc;
};

Adjacency::Adjacency(std::int64_t num_src, std::int64_t num_dst, std::int64_t num_edges,
                     at::ScalarType idtype, at::Device device)
    : num_src_(num_src),
      num_dst_(num_dst),
      num_edges_(num_edges),
      idtype_(idtype),
      device_(device),
      formats_(std::make_unique<Formats>()) {}

Adjacency::~Adjacency() = default;

AdjacencyPtr Adjacency::from_coo(std::int64_t num_src, std::int64_t num_dst, at::Tensor src,
                                 at::Tensor dst) {
  check_columns(src, dst);
  check(num_src >= 0 && num_dst >= 0, "num_nodes: expected 0 or more, got {} and {}", num_src,
        num_dst);
  check_endpoints(src, "src", num_src);
  check_endpoints(dst, "dst", num_dst);
  return from_coo_unchecked(num_src, num_dst, {std::move(src), std::move(dst)});
}

AdjacencyPtr Adjacency::from_coo_unchecked(std::int64_t num_src, std::int64_t num_dst,
                                           ops::Coo coo) {
  const std::shared_ptr<Adjacency> made(
      new Adjacency(num_src, num_dst, coo.src.numel(), coo.src.scalar_type(), coo.src.device()));
  made->formats_->coo.set({coo.src.contiguous(), coo.dst.contiguous()});
  return made;
}

AdjacencyPtr Adjacency::from_csc_unchecked(std::int64_t num_src, std::int64_t num_dst,
                                           ops::Csr csc) {
  const std::shared_ptr<Adjacency> made(new Adjacency(
      num_src, num_dst, csc.indices.numel(), csc.indices.scalar_type(), csc.indices.device()));
  made->formats_->csc.set(std::move(csc));
  return made;
}

const ops::Coo& Adjacency::coo() const {
  return formats_->coo.get([this]() -> ops::Coo {
    // There is always one format; without COO it is CSR or CSC, whose rows are the one or the other
    // endpoint.
    if (formats_->csc.has_value()) {
      ops::Coo turned = ops::csr_to_coo(formats_->csc.value());
      return {std::move(turned.dst), std::move(turned.src)};
    }
    return ops::csr_to_coo(formats_->csr.value());
  });
}

const ops::Csr& Adjacency::csr() const {
  return formats_->csr.get([this] { return ops::coo_to_csr(coo().src, coo().dst, num_src_); });
}

const ops::Csr& Adjacency::csc() const {
  return formats_->csc.get([this] { return ops::coo_to_csr(coo().dst, coo().src, num_dst_); });
}

at::Tensor Adjacency::in_degrees() const {
  return has_csc() || !has_coo() ? degrees(csc(), idtype_) : ops::count_rows(coo().dst, num_dst_);
}

at::Tensor Adjacency::out_degrees() const {
  return has_csr() ? degrees(csr(), idtype_) : ops::count_rows(coo().src, num_src_);
}

AdjacencyPtr Adjacency::reverse() const {
  const std::shared_ptr<Adjacency> turned(
      new Adjacency(num_dst_, num_src_, num_edges_, idtype_, device_));
  if (has_coo()) {
    turned->formats_->coo.set({coo().dst, coo().src});
  }
  if (has_csr()) {
    turned->formats_->csc.set(csr());
  }
  if (has_csc()) {
    turned->formats_->csr.set(csc());
  }
  return turned;
}

AdjacencyPtr Adjacency::to(at::Device device, at::ScalarType idtype) const {
  const std::shared_ptr<Adjacency> moved(
      new Adjacency(num_src_, num_dst_, num_edges_, idtype, device));
  if (has_coo()) {
    moved->formats_->coo.set({coo().src.to(device, idtype), coo().dst.to(device, idtype)});
  }
  if (has_csr()) {
    moved->formats_->csr.set(convert(csr(), device, idtype));
  }
  if (has_csc()) {
    moved->formats_->csc.set(convert(csc(), device, idtype));
  }
  return moved;
}

bool Adjacency::has_coo() const { return formats_->coo.has_value(); }
bool Adjacency::has_csr() const { return formats_->csr.has_value(); }
bool Adjacency::has_csc() const { return formats_->csc.has_value(); }

}  // namespace grapevine
