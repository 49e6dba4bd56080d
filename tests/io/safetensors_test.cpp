#include "grapevine/io/safetensors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "grapevine/io/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

class SafetensorsFile : public testing::Test {
 protected:
  /// Writes a file of a header and data; the size of the header may be another than the right one.
  void write(const std::string& header, const std::string& data, std::int64_t more = 0) const {
    const std::uint64_t size = header.size() + static_cast<std::uint64_t>(more);
    write_file(path_, {{reinterpret_cast<const char*>(&size), sizeof size}, header, data});
  }

  void expect_refused(const std::string& header, const std::string& data,
                      const std::vector<std::string>& words, std::int64_t more = 0) const {
    write(header, data, more);
    const testing::ScopedTrace trace(__FILE__, __LINE__, header.substr(0, 200));
    EXPECT_ERROR(load_safetensors(path_), "model.safetensors: not a safetensors file");
    for (const std::string& word : words) {
      EXPECT_ERROR(load_safetensors(path_), word);
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.safetensors";
};

const at::Tensor& tensor_at(const Safetensors& file, const std::string& name) {
  const StateValue* value = file.tensors.find(name);
  check(value != nullptr, "no tensor {}", name);
  return *value->get_if<at::Tensor>();
}

TEST_F(SafetensorsFile, GivesBackEveryDtype) {
  StateDict tensors;
  for (const at::ScalarType dtype :
       {at::kBool, at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kBFloat16,
        at::kFloat, at::kDouble, at::kComplexFloat, at::kUInt16, at::kUInt32, at::kUInt64,
        at::kFloat8_e5m2, at::kFloat8_e4m3fn}) {
    tensors.set(at::toString(dtype), at::arange(6).reshape({2, 3}).to(dtype));
  }
  tensors.set("scalar", at::ones({}));
  tensors.set("nothing", at::empty({0, 4}));
  tensors.set("a view", at::arange(12, at::kFloat).reshape({3, 4}).t());
  tensors.set("h\xC3\xA4", at::ones({1}));
  const std::map<std::string, std::string> metadata = {{"format", "pt"}, {"note", "\"\n"}};
  save_safetensors(path_, tensors, metadata);
  const Safetensors file = load_safetensors(path_);
  EXPECT_EQ(file.metadata, metadata);
  ASSERT_EQ(file.tensors.entries().size(), tensors.entries().size());
  for (const auto& [key, value] : tensors.entries()) {
    const auto& name = std::get<std::string>(key);
    const at::Tensor& expected = *value.get_if<at::Tensor>();
    const at::Tensor& got = tensor_at(file, name);
    EXPECT_EQ(got.scalar_type(), expected.scalar_type()) << name;
    EXPECT_EQ(got.sizes(), expected.sizes()) << name;
    EXPECT_TRUE(got.to(at::kComplexDouble).equal(expected.to(at::kComplexDouble))) << name;
  }
}

TEST_F(SafetensorsFile, IsLaidOutAsTheFormatSays) {
  save_safetensors(path_, {{"b", at::ones({1}, at::kByte)},
                           {"z", at::ones({1}, at::kFloat)},
                           {"a", at::ones({1}, at::kFloat) * 2}});
  const std::string bytes = read_file(path_);
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                             R"("z":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                             R"("b":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  EXPECT_EQ(bytes.size(), 8 + padded + 9);
  EXPECT_EQ(static_cast<unsigned char>(bytes[0]), padded);
  EXPECT_EQ(bytes.substr(8, header.size()), header);
  EXPECT_EQ(bytes.substr(8 + padded), std::string("\0\0\0\x40\0\0\x80\x3f\1", 9));
}

TEST_F(SafetensorsFile, KeepsTheOrderOfItsHeader) {
  write(R"({"z":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
        R"("a":{"shape":[1],"data_offsets":[0,1],"dtype":"BOOL"}}  )",
        "\2\4\5");
  const Safetensors file = load_safetensors(path_);
  EXPECT_EQ(std::get<std::string>(file.tensors.entries()[0].first), "z");
  EXPECT_EQ(tensor_at(file, "z")[1].item<int>(), 5);
  // A bool is 0 or 1, whatever the byte.
  EXPECT_EQ(tensor_at(file, "a").to(at::kByte).item<int>(), 1);
  write("{}", "");
  EXPECT_TRUE(load_safetensors(path_).tensors.entries().empty());
}

TEST_F(SafetensorsFile, RefusesTensorsThatDoNotFillTheFile) {
  const auto two = [](const char* first, const char* second) {
    return fmt::format(R"({{"a":{{"dtype":"U8","shape":[2],"data_offsets":{}}},)"
                       R"("b":{{"dtype":"U8","shape":[2],"data_offsets":{}}}}})",
                       first, second);
  };
  write(two("[0,2]", "[2,4]"), "1234");
  EXPECT_EQ(load_safetensors(path_).tensors.entries().size(), 2U);
  expect_refused(two("[0,2]", "[2,4]"), "12345", {"have 4 bytes, and it has 5"});
  expect_refused(two("[0,2]", "[2,4]"), "123", {"have 4 bytes, and it has 3"});
  expect_refused(two("[0,2]", "[1,3]"), "1234", {"\"b\" begins at byte 1"});
  expect_refused(two("[0,2]", "[0,2]"), "12", {"\"b\" begins at byte 0"});
  expect_refused(two("[1,3]", "[3,5]"), "12345", {"\"a\" begins at byte 1"});
  expect_refused(two("[0,2]", "[3,5]"), "12345", {"\"b\" begins at byte 3", "ends at 2"});
  expect_refused(two("[2,0]", "[2,4]"), "1234", {"two offsets"});
  expect_refused(two("[0,1]", "[1,3]"), "123", {"\"a\": 1 bytes of U8", "takes 2"});
  expect_refused(two("[0,2]", "[18446744073709551614,18446744073709551615]"), "12", {"\"b\""});
}

TEST_F(SafetensorsFile, RefusesHeadersThatLie) {
  const std::string good = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  expect_refused(good, "1234", {"a header of"}, 1000);
  expect_refused(good, "1234", {"a header of"}, std::numeric_limits<std::int64_t>::max() - 1000);
  expect_refused(good, "1234", {"not JSON"}, -1);
  expect_refused(good, "1234", {"a header of 0 bytes"}, -static_cast<std::int64_t>(good.size()));
  expect_refused(" " + good, "1234", {"does not begin with"});
  expect_refused("{\"\xff\":1}", "", {"not JSON"});
  expect_refused("{" + std::string(100'000, '['), "", {"not JSON"});
  expect_refused("{\"a\":" + std::string(100'000, '['), "", {"nested too deep"});
  write_file(path_, {"1234567"});
  EXPECT_ERROR(load_safetensors(path_), "it has 7 bytes");
  EXPECT_ERROR(load_safetensors(folder_ / "none"), "none", "cannot be read");
}

TEST_F(SafetensorsFile, RefusesDescriptionsThatAreNone) {
  const auto one = [](const std::string& dtype, const std::string& shape) {
    return fmt::format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":[0,4]}}}})", dtype, shape);
  };
  for (const char* dtype : {"\"F31\"", "\"f32\"", "7", "null", "\"\"", "[]"}) {
    expect_refused(one(dtype, "[1]"), "1234", {"\"a\": unknown dtype"});
  }
  for (const char* shape : {"[-1]", "[1.0]", "[\"1\"]", "1", "{}", "[true]", "[[1]]"}) {
    expect_refused(one("\"F32\"", shape), "1234", {"\"a\": expected a list of whole numbers"});
  }
  expect_refused(one("\"F32\"", "[4294967296,4294967296]"), "1234", {"overflows"});
  expect_refused(one("\"F32\"", "[0,4294967296,4294967296]"), "1234", {"overflows"});
  expect_refused(one("\"F32\"", "[18446744073709551615]"), "1234", {"overflows"});
  expect_refused(one("\"F32\"", "[2]"), "1234", {"4 bytes of F32 in the shape [2], which takes 8"});
  std::string many = "[1";
  for (int i = 0; i < 64; ++i) {
    many += ",1";
  }
  expect_refused(one("\"F32\"", many + "]"), "1234", {"65 dimensions"});
  expect_refused(R"({"a":{"dtype":"F32","shape":[1]}})", "1234", {"expected dtype, shape and"});
  expect_refused(R"({"a":[0,4]})", "1234", {"expected dtype, shape and"});
  expect_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", "1234",
                 {"expected dtype, shape and"});
  expect_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", "1234",
                 {"two offsets"});
  expect_refused(R"({"__metadata__":[]})", "", {"no object"});
  expect_refused(R"({"__metadata__":{"epoch":7}})", "", {"metadata \"epoch\" is no string"});
}

TEST_F(SafetensorsFile, RefusesWhatTheFormatCannotHold) {
  const at::Tensor one = at::ones({1});
  EXPECT_ERROR(save_safetensors(path_, {{7, one}}), "key 7", "expected a string");
  EXPECT_ERROR(save_safetensors(path_, {{"__metadata__", one}}), "__metadata__");
  EXPECT_ERROR(save_safetensors(path_, {{"\xff", one}}), "UTF-8");
  EXPECT_ERROR(save_safetensors(path_, {{"a", "text"}}), "\"a\"", "expected a tensor, got str");
  EXPECT_ERROR(save_safetensors(path_, {{"a", at::Tensor()}}), "\"a\"", "undefined");
  EXPECT_ERROR(save_safetensors(path_, {{"a", one.to(at::kComplexDouble)}}), "\"a\"",
               "ComplexDouble");
  EXPECT_ERROR(save_safetensors(path_, {{"a", one.to_sparse()}}), "\"a\"", "not strided");
  EXPECT_ERROR(save_safetensors(path_, {{"a", at::empty({2}, at::kMeta)}}), "\"a\"", "meta");
  EXPECT_ERROR(save_safetensors(path_, {{"a", one}}, {{"\xff", ""}}), "metadata", "UTF-8");
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_ERROR(save_safetensors(folder_ / "none/x", {{"a", one}}), "none/x");
}

TEST_F(SafetensorsFile, RefusesAFileThatWasCutAnywhere) {
  save_safetensors(path_, {{"weight", at::randn({3, 5})}, {"bias", at::randn({5})}});
  const std::string bytes = read_file(path_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_file(path_, {bytes.substr(0, size)});
    EXPECT_ERROR(load_safetensors(path_), "model.safetensors: not a safetensors file");
  }
}

}  // namespace
}  // namespace grapevine::io
