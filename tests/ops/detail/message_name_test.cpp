#include "grapevine/ops/detail/message_name.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/reference.h"

namespace grapevine::ops::detail {
namespace {

using namespace grapevine::testing_support;

TEST(MessageName, EveryMessageIsReadAsItIsWritten) {
  for (const MessageKind& kind : all_messages()) {
    const std::string text = to_string(MessageName{kind.op, kind.lhs, kind.rhs});
    EXPECT_EQ(text, kind.name());
    const MessageName message = parse_message(text);
    EXPECT_EQ(message.op, kind.op) << text;
    EXPECT_EQ(message.lhs, kind.lhs) << text;
    EXPECT_TRUE(kind.op == BinaryOp::kCopyLhs || message.rhs == kind.rhs) << text;
  }
}

TEST(MessageName, EveryFormulaIsReadAsItIsWritten) {
  for (const MessageKind& kind : all_messages()) {
    for (const Reduce reduce : all_reduces()) {
      for (const Target out : {Target::kSrc, Target::kDst, Target::kEdge}) {
        const std::string text = to_string(Formula{{kind.op, kind.lhs, kind.rhs}, reduce, out});
        EXPECT_EQ(to_string(parse_formula(text)), text);
        EXPECT_EQ(parse_formula(text).reduce, reduce);
        EXPECT_EQ(parse_formula(text).out, out);
      }
    }
  }
  EXPECT_EQ(to_string(Formula{{BinaryOp::kMul, Target::kSrc, Target::kEdge}}), "u_mul_e->sum_v");
}

TEST(MessageName, AnythingElseIsAnError) {
  for (const char* text :
       {"", "_", "__", "copy_", "copy_x", "copy", "u", "u_mul", "u_mul_", "_mul_e", "u__e",
        "u_pow_e", "x_mul_e", "u_mul_x", "u_mul_e_", "U_mul_e"}) {
    EXPECT_ERROR(parse_message(text), "message", text);
  }
  for (const char* text :
       {"", "->", "_", "u_mul_e", "u_mul_e->", "u_mul_e->sum", "u_mul_e->_v", "u_mul_e->sum_",
        "u_mul_e->sum_x", "u_mul_e->prod_v", "->sum_v", "u_mul_e-sum_v", "u_mul_e->_", "a_b->"}) {
    EXPECT_ERROR(parse_formula(text), "formula", text);
  }
  for (const char* text : {"", "Sum", "sums", "prod"}) {
    EXPECT_ERROR(parse_reduce(text), "reduce", text);
  }
}

}  // namespace
}  // namespace grapevine::ops::detail
