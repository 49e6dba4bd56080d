#include "grapevine/message/function.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/expect_error.h"

namespace grapevine::function {
namespace {

struct Named {
  MessageFunction message;
  const char* name;
};

TEST(MessageFunction, EveryBuiltInIsWhatItsNameSays) {
  const std::vector<Named> binary = {
      {function::u_add_v("a", "b", "m"), "u_add_v"}, {function::u_add_e("a", "b", "m"), "u_add_e"},
      {function::v_add_u("a", "b", "m"), "v_add_u"}, {function::v_add_e("a", "b", "m"), "v_add_e"},
      {function::e_add_u("a", "b", "m"), "e_add_u"}, {function::e_add_v("a", "b", "m"), "e_add_v"},
      {function::u_sub_v("a", "b", "m"), "u_sub_v"}, {function::u_sub_e("a", "b", "m"), "u_sub_e"},
      {function::v_sub_u("a", "b", "m"), "v_sub_u"}, {function::v_sub_e("a", "b", "m"), "v_sub_e"},
      {function::e_sub_u("a", "b", "m"), "e_sub_u"}, {function::e_sub_v("a", "b", "m"), "e_sub_v"},
      {function::u_mul_v("a", "b", "m"), "u_mul_v"}, {function::u_mul_e("a", "b", "m"), "u_mul_e"},
      {function::v_mul_u("a", "b", "m"), "v_mul_u"}, {function::v_mul_e("a", "b", "m"), "v_mul_e"},
      {function::e_mul_u("a", "b", "m"), "e_mul_u"}, {function::e_mul_v("a", "b", "m"), "e_mul_v"},
      {function::u_div_v("a", "b", "m"), "u_div_v"}, {function::u_div_e("a", "b", "m"), "u_div_e"},
      {function::v_div_u("a", "b", "m"), "v_div_u"}, {function::v_div_e("a", "b", "m"), "v_div_e"},
      {function::e_div_u("a", "b", "m"), "e_div_u"}, {function::e_div_v("a", "b", "m"), "e_div_v"},
      {function::u_dot_v("a", "b", "m"), "u_dot_v"}, {function::u_dot_e("a", "b", "m"), "u_dot_e"},
      {function::v_dot_u("a", "b", "m"), "v_dot_u"}, {function::v_dot_e("a", "b", "m"), "v_dot_e"},
      {function::e_dot_u("a", "b", "m"), "e_dot_u"}, {function::e_dot_v("a", "b", "m"), "e_dot_v"},
  };
  for (const auto& [message, name] : binary) {
    EXPECT_EQ(message.name(), name);
    EXPECT_EQ(message.lhs().name, "a");
    EXPECT_EQ(message.rhs().name, "b");
    EXPECT_EQ(message.out(), "m");
  }
  EXPECT_EQ(copy_u("a", "m").name(), "copy_u");
  EXPECT_EQ(copy_e("a", "m").name(), "copy_e");
  EXPECT_EQ(copy_e("a", "m").lhs().name, "a");
}

TEST(MessageFunction, TwoOperandsOnOneTargetAreRefused) {
  const Field u{ops::Target::kSrc, "a"};
  EXPECT_ERROR(MessageFunction(ops::BinaryOp::kAdd, u, u, "m"), "u_add_u", "different targets");
}

TEST(ReduceFunction, KnowsItsFields) {
  const std::vector<ReduceFunction> reducers = {sum("m", "h"), mean("m", "h"), max("m", "h"),
                                                min("m", "h")};
  const std::vector<std::string> names = {"sum", "mean", "max", "min"};
  for (std::size_t i = 0; i < reducers.size(); ++i) {
    EXPECT_EQ(reducers[i].name(), names[i]);
    EXPECT_EQ(reducers[i].msg_field(), "m");
    EXPECT_EQ(reducers[i].out(), "h");
  }
}

}  // namespace
}  // namespace grapevine::function
