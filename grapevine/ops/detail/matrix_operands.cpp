#include "grapevine/ops/detail/matrix_operands.h"

#include <cstdint>

#include "grapevine/util/error.h"

namespace grapevine::ops::detail {
namespace {

void check_dimensions(const char* function, const char* name, const at::Tensor& matrices,
                      std::int64_t expected) {
  if (!matrices.defined() || matrices.dim() != expected) {
    fail("{}: {}: expected a {}-D tensor, got {}", function, name, expected,
         matrices.defined() ? fmt::format("[{}]", fmt::join(matrices.sizes(), ", "))
                            : "an undefined one");
  }
}

}  // namespace

void check_matrix_operands(const char* function, const at::Tensor& a, const at::Tensor& b) {
  check_dimensions(function, "a", a, 2);
  check_dimensions(function, "b", b, 3);
  if (a.sym_size(1) != b.sym_size(1)) {
    fail("{}: expected as many columns of a as rows of each matrix of b, got {} and {}", function,
         a.size(1), b.size(1));
  }
  check(at::isFloatingType(a.scalar_type()), "{}: a: expected a floating dtype, got {}", function,
        at::toString(a.scalar_type()));
  check(a.scalar_type() == b.scalar_type(), "{}: expected a and b of one dtype, got {} and {}",
        function, at::toString(a.scalar_type()), at::toString(b.scalar_type()));
  check(a.device() == b.device(), "{}: expected a and b on one device, got {} and {}", function,
        a.device().str(), b.device().str());
}

}  // namespace grapevine::ops::detail
