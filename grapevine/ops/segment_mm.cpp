#include "grapevine/ops/segment_mm.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DispatchKeySet.h>

#include <cstdint>

#include "grapevine/ops/detail/autograd.h"
#include "grapevine/ops/detail/matrix_operands.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/util/error.h"

// Two operators of which each is the gradient of the other: segment_mm, and segment_mm_weight, the
// gradient of its matrices.
namespace grapevine::ops {
namespace {

void check_lengths(const at::Tensor& lengths) {
  check(lengths.defined() && lengths.dim() == 1,
        "segment_mm: lengths: expected a 1-D tensor with the length of each segment");
  check(lengths.scalar_type() == at::kLong || lengths.scalar_type() == at::kInt,
        "segment_mm: lengths: expected int64 or int32, got {}",
        at::toString(lengths.scalar_type()));
}

/// A caller's lengths on the CPU in int64, checked.
at::Tensor checked_lengths(const at::Tensor& lengths, std::int64_t num_rows,
                           std::int64_t num_segments) {
  check_lengths(lengths);
  check(lengths.numel() == num_segments,
        "segment_mm: lengths: expected {} lengths, one for each matrix of b, got {}", num_segments,
        lengths.numel());
  at::Tensor result = lengths.to(at::kCPU, at::kLong).contiguous();
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < num_segments; ++i) {
    const std::int64_t length = result.const_data_ptr<std::int64_t>()[i];
    check(length >= 0, "segment_mm: lengths: expected 0 or more, got {}", length);
    total += length;
    check(total <= num_rows,
          "segment_mm: expected lengths that sum to the {} rows of a, got a sum of {} or more",
          num_rows, total);
  }
  check(total == num_rows,
        "segment_mm: expected lengths that sum to the {} rows of a, got a sum of {}", num_rows,
        total);
  return result;
}

/// Calls `work(i, first, length)` for each segment i with rows.
template <typename Work>
void for_each_segment(const at::Tensor& lengths, const Work& work) {
  std::int64_t first = 0;
  for (std::int64_t i = 0; i < lengths.numel(); ++i) {
    const std::int64_t length = lengths.const_data_ptr<std::int64_t>()[i];
    if (length > 0) {
      work(i, first, length);
      first += length;
    }
  }
}

at::Tensor segment_mm_kernel(const at::Tensor& a, const at::Tensor& b, const at::Tensor& lengths) {
  detail::check_matrix_operands("segment_mm", a, b);
  const at::Tensor sizes = checked_lengths(lengths, a.size(0), b.size(0));
  at::Tensor out = at::empty({a.size(0), b.size(2)}, a.options());
  for_each_segment(sizes, [&](std::int64_t i, std::int64_t first, std::int64_t length) {
    at::Tensor rows = out.narrow(0, first, length);
    at::mm_out(rows, a.narrow(0, first, length), b.select(0, i));
  });
  return out;
}

at::Tensor segment_mm_meta(const at::Tensor& a, const at::Tensor& b, const at::Tensor& lengths) {
  detail::check_matrix_operands("segment_mm", a, b);
  check_lengths(lengths);
  return at::empty_symint({a.sym_size(0), b.sym_size(2)}, a.options());
}

void check_rows(const at::Tensor& a, const at::Tensor& c) {
  check(a.defined() && a.dim() == 2 && c.defined() && c.dim() == 2 &&
            a.sym_size(0) == c.sym_size(0) && a.scalar_type() == c.scalar_type(),
        "segment_mm_weight: expected two 2-D tensors with as many rows and one dtype");
}

/// `a` `[n, k]`, `c` `[n, m]`: for each segment the sum over its rows of `a^T c`, `[r, k, m]`.
at::Tensor segment_mm_weight_kernel(const at::Tensor& a, const at::Tensor& c,
                                    const at::Tensor& lengths) {
  check_rows(a, c);
  const at::Tensor sizes = checked_lengths(lengths, a.size(0), lengths.numel());
  at::Tensor out = at::zeros({lengths.numel(), a.size(1), c.size(1)}, a.options());
  for_each_segment(sizes, [&](std::int64_t i, std::int64_t first, std::int64_t length) {
    at::Tensor matrix = out.select(0, i);
    at::mm_out(matrix, a.narrow(0, first, length).t(), c.narrow(0, first, length));
  });
  return out;
}

at::Tensor segment_mm_weight_meta(const at::Tensor& a, const at::Tensor& c,
                                  const at::Tensor& lengths) {
  check_rows(a, c);
  check_lengths(lengths);
  return at::empty_symint({lengths.sym_size(0), a.sym_size(1), c.sym_size(1)}, a.options());
}

using SegmentProduct = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&);

const auto& segment_mm_operator() {
  static const auto handle = detail::find_operator<SegmentProduct>("grapevine::segment_mm");
  return handle;
}

const auto& segment_mm_weight_operator() {
  static const auto handle = detail::find_operator<SegmentProduct>("grapevine::segment_mm_weight");
  return handle;
}

class SegmentMMNode : public torch::autograd::Function<SegmentMMNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& a,
                            const at::Tensor& b, const at::Tensor& lengths,
                            c10::DispatchKeySet keys) {
    context->save_for_backward({a, b, lengths});
    const at::AutoDispatchBelowADInplaceOrView guard;
    return segment_mm_operator().redispatch(keys & c10::after_autograd_keyset, a, b, lengths);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    torch::autograd::variable_list results(4);
    if (context->needs_input_grad(0)) {
      results[0] = segment_mm_operator().call(gradients[0], saved[1].transpose(1, 2), saved[2]);
    }
    if (context->needs_input_grad(1)) {
      results[1] = segment_mm_weight_operator().call(saved[0], gradients[0], saved[2]);
    }
    return results;
  }
};

class SegmentMMWeightNode : public torch::autograd::Function<SegmentMMWeightNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& a,
                            const at::Tensor& c, const at::Tensor& lengths,
                            c10::DispatchKeySet keys) {
    context->save_for_backward({a, c, lengths});
    const at::AutoDispatchBelowADInplaceOrView guard;
    return segment_mm_weight_operator().redispatch(keys & c10::after_autograd_keyset, a, c,
                                                   lengths);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    torch::autograd::variable_list results(4);
    if (context->needs_input_grad(0)) {
      results[0] = segment_mm_operator().call(saved[1], gradients[0].transpose(1, 2), saved[2]);
    }
    if (context->needs_input_grad(1)) {
      results[1] = segment_mm_operator().call(saved[0], gradients[0], saved[2]);
    }
    return results;
  }
};

at::Tensor segment_mm_autograd(c10::DispatchKeySet keys, const at::Tensor& a, const at::Tensor& b,
                               const at::Tensor& lengths) {
  if (detail::needs_gradient(a) || detail::needs_gradient(b)) {
    return SegmentMMNode::apply(a, b, lengths, keys);
  }
  const at::AutoDispatchBelowADInplaceOrView guard;
  return segment_mm_operator().redispatch(keys & c10::after_autograd_keyset, a, b, lengths);
}

at::Tensor segment_mm_weight_autograd(c10::DispatchKeySet keys, const at::Tensor& a,
                                      const at::Tensor& c, const at::Tensor& lengths) {
  if (detail::needs_gradient(a) || detail::needs_gradient(c)) {
    return SegmentMMWeightNode::apply(a, c, lengths, keys);
  }
  const at::AutoDispatchBelowADInplaceOrView guard;
  return segment_mm_weight_operator().redispatch(keys & c10::after_autograd_keyset, a, c, lengths);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def("segment_mm(Tensor a, Tensor b, Tensor lengths) -> Tensor");
  library.def("segment_mm_weight(Tensor a, Tensor c, Tensor lengths) -> Tensor");
}
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("segment_mm", segment_mm_kernel);
  library.impl("segment_mm_weight", segment_mm_weight_kernel);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) {
  library.impl("segment_mm", segment_mm_meta);
  library.impl("segment_mm_weight", segment_mm_weight_meta);
}
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) {
  library.impl("segment_mm", segment_mm_autograd);
  library.impl("segment_mm_weight", segment_mm_weight_autograd);
}

}  // namespace

at::Tensor segment_mm(const at::Tensor& a, const at::Tensor& b, const at::Tensor& lengths) {
  return segment_mm_operator().call(a, b, lengths);
}

}  // namespace grapevine::ops
