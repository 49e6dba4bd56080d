#include "grapevine/ops/detail/matrix_operands.h"

#include "grapevine/util/error.h"

namespace grapevine::ops::detail {

void check_matrix_operands(const char* function, const at::Tensor& a, const at::Tensor& b) {
  check(a.defined() && a.dim() == 2, "{}: a: expected a 2-D tensor, got {}", function,
        a.defined() ? fmt::format("[{}]", fmt::join(a.sizes(), ", ")) : "an undefined one");
  check(b.defined() && b.dim() == 3, "{}: b: expected a 3-D tensor, got {}", function,
        b.defined() ? fmt::format("[{}]", fmt::join(b.sizes(), ", ")) : "an undefined one");
  check(a.size(1) == b.size(1),
        "{}: expected as many columns of a as rows of each matrix of b, got {} and {}", function,
        a.size(1), b.size(1));
  check(at::isFloatingType(a.scalar_type()), "{}: a: expected a floating dtype, got {}", function,
        at::toString(a.scalar_type()));
  check(a.scalar_type() == b.scalar_type(), "{}: expected a and b of one dtype, got {} and {}",
        function, at::toString(a.scalar_type()), at::toString(b.scalar_type()));
  check(a.device() == b.device(), "{}: expected a and b on one device, got {} and {}", function,
        a.device().str(), b.device().str());
}

at::Tensor any_matrix_product(const at::Tensor& a, const at::Tensor& b) { return a.mm(b.sum(0)); }

}  // namespace grapevine::ops::detail
