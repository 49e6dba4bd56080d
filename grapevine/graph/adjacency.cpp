#include "grapevine/graph/adjacency.h"

#include <ATen/ops/aminmax.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "grapevine/graph/detail/check_csr.h"
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

ops::Csr convert(const ops::Csr& csr, at::ScalarType idtype, const TensorCopy& copy) {
  return {copy(csr.indptr), copy(csr.indices).to(idtype),
          csr.edge_ids.defined() ? copy(csr.edge_ids).to(idtype) : csr.edge_ids};
}

}  // namespace

std::vector<std::string> format_names(const FormatSet& formats) {
  std::vector<std::string> names;
  if (formats.coo) {
    names.emplace_back("coo");
  }
  if (formats.csr) {
    names.emplace_back("csr");
  }
  if (formats.csc) {
    names.emplace_back("csc");
  }
  return names;
}

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

AdjacencyPtr Adjacency::from_formats(std::int64_t num_src, std::int64_t num_dst,
                                     AdjacencyParts parts) {
  check(num_src >= 0 && num_dst >= 0, "num_nodes: expected 0 or more, got {} and {}", num_src,
        num_dst);
  check(parts.coo || parts.csr || parts.csc, "formats: expected coo, csr or csc, got none");
  if (parts.coo) {
    check_columns(parts.coo->src, parts.coo->dst);
    check_endpoints(parts.coo->src, "src", num_src);
    check_endpoints(parts.coo->dst, "dst", num_dst);
  }
  if (parts.csr) {
    detail::check_csr(*parts.csr, "csr", num_src, num_dst);
  }
  if (parts.csc) {
    detail::check_csr(*parts.csc, "csc", num_dst, num_src);
  }
  detail::check_formats_agree(parts);
  const at::Tensor ids = parts.coo   ? parts.coo->src
                         : parts.csr ? parts.csr->indices
                                     : parts.csc->indices;
  const std::shared_ptr<Adjacency> made(
      new Adjacency(num_src, num_dst, ids.numel(), ids.scalar_type(), ids.device()));
  const auto contiguous = [](const ops::Csr& csr) -> ops::Csr {
    return {csr.indptr.contiguous(), csr.indices.contiguous(),
            csr.edge_ids.defined() ? csr.edge_ids.contiguous() : csr.edge_ids};
  };
  if (parts.coo) {
    made->formats_->coo.set({parts.coo->src.contiguous(), parts.coo->dst.contiguous()});
  }
  if (parts.csr) {
    made->formats_->csr.set(contiguous(*parts.csr));
  }
  if (parts.csc) {
    made->formats_->csc.set(contiguous(*parts.csc));
  }
  return made;
}

void Adjacency::check_allowed(bool allowed, const char* format) const {
  if (!allowed) {
    fail("format \"{}\" is needed, but the graph is restricted to [{}]; see Graph::formats", format,
         fmt::join(format_names(allowed_), ", "));
  }
}

/// The edges in the order of their ids, from any format that exists: there always is one.
ops::Coo Adjacency::endpoints() const {
  if (formats_->coo.has_value()) {
    return formats_->coo.value();
  }
  if (formats_->csc.has_value()) {
    ops::Coo turned = ops::csr_to_coo(formats_->csc.value());
    return {std::move(turned.dst), std::move(turned.src)};
  }
  return ops::csr_to_coo(formats_->csr.value());
}

const ops::Coo& Adjacency::coo() const {
  check_allowed(allowed_.coo, "coo");
  return formats_->coo.get([this] { return endpoints(); });
}

const ops::Csr& Adjacency::csr() const {
  check_allowed(allowed_.csr, "csr");
  return formats_->csr.get([this] {
    const ops::Coo edges = allowed_.coo ? coo() : endpoints();
    return ops::coo_to_csr(edges.src, edges.dst, num_src_);
  });
}

const ops::Csr& Adjacency::csc() const {
  check_allowed(allowed_.csc, "csc");
  return formats_->csc.get([this] {
    const ops::Coo edges = allowed_.coo ? coo() : endpoints();
    return ops::coo_to_csr(edges.dst, edges.src, num_dst_);
  });
}

at::Tensor Adjacency::in_degrees() const {
  return has_csc() || !allowed_.coo || (!has_coo() && allowed_.csc)
             ? degrees(csc(), idtype_)
             : ops::count_rows(coo().dst, num_dst_);
}

at::Tensor Adjacency::out_degrees() const {
  return has_csr() || !allowed_.coo ? degrees(csr(), idtype_)
                                    : ops::count_rows(coo().src, num_src_);
}

AdjacencyPtr Adjacency::reverse() const {
  const std::shared_ptr<Adjacency> turned(
      new Adjacency(num_dst_, num_src_, num_edges_, idtype_, device_));
  turned->allowed_ = {allowed_.coo, allowed_.csc, allowed_.csr};
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

AdjacencyPtr Adjacency::to(at::Device device, at::ScalarType idtype, const TensorCopy& copy) const {
  const TensorCopy move =
      copy ? copy : [device](const at::Tensor& tensor) { return tensor.to(device); };
  const std::shared_ptr<Adjacency> moved(
      new Adjacency(num_src_, num_dst_, num_edges_, idtype, device));
  moved->allowed_ = allowed_;
  if (has_coo()) {
    moved->formats_->coo.set({move(coo().src).to(idtype), move(coo().dst).to(idtype)});
  }
  if (has_csr()) {
    moved->formats_->csr.set(convert(csr(), idtype, move));
  }
  if (has_csc()) {
    moved->formats_->csc.set(convert(csc(), idtype, move));
  }
  return moved;
}

AdjacencyPtr Adjacency::restrict_to(FormatSet formats) const {
  const std::shared_ptr<Adjacency> kept(
      new Adjacency(num_src_, num_dst_, num_edges_, idtype_, device_));
  kept->allowed_ = formats;
  const FormatSet exist = created();
  if (formats.coo && exist.coo) {
    kept->formats_->coo.set(formats_->coo.value());
  }
  if (formats.csr && exist.csr) {
    kept->formats_->csr.set(formats_->csr.value());
  }
  if (formats.csc && exist.csc) {
    kept->formats_->csc.set(formats_->csc.value());
  }
  if (kept->created() != FormatSet{}) {
    return kept;
  }
  const ops::Coo edges = endpoints();
  if (formats.coo) {
    kept->formats_->coo.set(edges);
  } else if (formats.csr) {
    kept->formats_->csr.set(ops::coo_to_csr(edges.src, edges.dst, num_src_));
  } else {
    kept->formats_->csc.set(ops::coo_to_csr(edges.dst, edges.src, num_dst_));
  }
  return kept;
}

bool Adjacency::has_coo() const { return formats_->coo.has_value(); }
bool Adjacency::has_csr() const { return formats_->csr.has_value(); }
bool Adjacency::has_csc() const { return formats_->csc.has_value(); }

}  // namespace grapevine
