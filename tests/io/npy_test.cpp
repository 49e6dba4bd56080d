#include "grapevine/io/npy.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>

#include "grapevine/io/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

/// The bytes of a .npy file with any header text.
std::string npy(const std::string& header, const std::string& data, char version = 1) {
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    bytes += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  }
  return bytes + header + data;
}

std::string header(const std::string& descr, const std::string& shape,
                   const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

template <typename T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

TEST(Npy, KeepsDtypeShapeAndValues) {
  const TemporaryFolder folder;
  for (const at::ScalarType dtype : {at::kHalf, at::kFloat, at::kDouble, at::kChar, at::kByte,
                                     at::kShort, at::kInt, at::kLong, at::kBool}) {
    for (const at::Tensor& shaped :
         {at::arange(24).reshape({2, 3, 4}), at::arange(5), at::scalar_tensor(7), at::zeros({0, 4}),
          at::arange(6).reshape({2, 3}).t()}) {
      const at::Tensor tensor = shaped.to(dtype);
      write_npy(folder / "a.npy", tensor);
      for (const bool memory_map : {false, true}) {
        const at::Tensor got = read_npy(folder / "a.npy", {.memory_map = memory_map});
        EXPECT_EQ(got.scalar_type(), dtype);
        EXPECT_TRUE(got.equal(tensor)) << c10::toString(dtype) << tensor.sizes();
      }
    }
  }
}

TEST(Npy, DataBeginAtAMultipleOf64Bytes) {
  const TemporaryFolder folder;
  for (const std::int64_t size : {1, 10, 100000}) {
    write_npy(folder / "a.npy", at::zeros({size}, at::kByte));
    EXPECT_EQ((read_file(folder / "a.npy").size() - static_cast<std::size_t>(size)) % 64, 0);
  }
}

TEST(Npy, ReadsVersions2And3) {
  const TemporaryFolder folder;
  for (const char version : {2, 3}) {
    folder.write("a.npy", npy(header("<i2", "(2,)"), bytes_of<std::int16_t>({5, -6}), version));
    EXPECT_TRUE(read_npy(folder / "a.npy").equal(at::tensor({5, -6}, at::kShort)));
  }
}

TEST(Npy, WidensUnsignedIntegers) {
  const TemporaryFolder folder;
  folder.write("u2.npy", npy(header("<u2", "(2,)"), bytes_of<std::uint16_t>({1, 65535})));
  folder.write("u4.npy", npy(header("<u4", "(2,)"), bytes_of<std::uint32_t>({1, 4294967295})));
  folder.write("u8.npy", npy(header("<u8", "(2,)"), bytes_of<std::uint64_t>({1, 1ULL << 62})));
  folder.write("bad.npy", npy(header("<u8", "(1,)"), bytes_of<std::uint64_t>({1ULL << 63})));
  EXPECT_TRUE(read_npy(folder / "u2.npy").equal(at::tensor({1, 65535}, at::kInt)));
  EXPECT_TRUE(read_npy(folder / "u4.npy").equal(at::tensor({1L, 4294967295L}, at::kLong)));
  EXPECT_TRUE(read_npy(folder / "u8.npy").equal(at::tensor({1L, 1L << 62}, at::kLong)));
  EXPECT_ERROR(read_npy(folder / "bad.npy"), "bad.npy", "above 2^63 - 1");
}

TEST(Npy, ReordersColumnMajorArrays) {
  const TemporaryFolder folder;
  folder.write("a.npy",
               npy(header("<i4", "(2, 3)", "True"), bytes_of<std::int32_t>({1, 4, 2, 5, 3, 6})));
  const at::Tensor got = read_npy(folder / "a.npy", {.memory_map = true});
  EXPECT_TRUE(got.equal(at::tensor({1, 2, 3, 4, 5, 6}, at::kInt).reshape({2, 3})));
  EXPECT_TRUE(got.is_contiguous());
}

TEST(Npy, ReadsUnalignedDataWhenMapped) {
  const TemporaryFolder folder;
  std::string text = header("<f4", "(2,)");
  while ((10 + text.size()) % 4 != 1) {
    text.insert(0, 1, ' ');
  }
  folder.write("a.npy", npy(text, bytes_of<float>({1.5F, -2.0F})));
  EXPECT_TRUE(read_npy(folder / "a.npy", {.memory_map = true}).equal(at::tensor({1.5F, -2.0F})));
}

TEST(Npy, WritesIntoAMappedTensorStayPrivate) {
  const TemporaryFolder folder;
  write_npy(folder / "a.npy", at::zeros({3}));
  at::Tensor mapped = read_npy(folder / "a.npy", {.memory_map = true});
  mapped.fill_(1);
  EXPECT_TRUE(read_npy(folder / "a.npy").equal(at::zeros({3})));
}

TEST(Npy, RefusesHostileHeaders) {
  const TemporaryFolder folder;
  const std::string data = bytes_of<float>({1, 2, 3, 4});
  const auto expect = [&](const std::string& content, const std::string& words) {
    folder.write("bad.npy", content);
    EXPECT_ERROR(read_npy(folder / "bad.npy"), "bad.npy", words);
    EXPECT_ERROR(read_npy(folder / "bad.npy", {.memory_map = true}), "bad.npy", words);
  };
  expect("", "too short");
  expect("PK\x03\x04 not an array at all", "no magic");
  expect(npy(header("<f4", "(4,)"), data, 9), "version 9.0");
  expect(std::string("\x93NUMPY\x01\x00\xFF\xFF", 10) + "{'descr'", "header claims 65535 bytes");
  expect(std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12) + "{'descr'",
         "header claims 4294967295 bytes");
  expect(npy("not a dict", data), "not a dict");
  expect(npy("", data), "not a dict");
  expect(npy("{'descr': '<f4', 'shape': (4,)}", data), "lacks the key \"fortran_order\"");
  expect(npy("{'descr': '<f4', 'descr': '<f4'}", data), "\"descr\" twice");
  expect(npy("{'evil': 1}", data), "unexpected key \"evil\"");
  expect(npy("{'descr", data), "without an end");
  expect(npy(header("<f4", "(4,)") + "import os", data), "goes on after the dict");
  expect(npy(header("<f4", "(4,)", "1"), data), "neither True nor False");
  expect(npy(header("<f4", "(-4,)"), data), "negative size -4");
  expect(npy(header("<f4", "(99999999999999999999,)"), data), "64-bit integers");
  expect(npy(header("<f4", "(4611686018427387904, 4)"), data), "overflows");
  expect(npy(header("<f4", "(0, 4611686018427387904, 4)"), ""), "overflows");
  expect(npy(header("<f4", "(1000000000000,)"), data),
         "promises 4000000000000 bytes of data, the file has 16");
  expect(npy(header("<f4", "(5,)"), data), "promises 20 bytes of data, the file has 16");
  expect(npy(header("<f4", "(3,)"), data), "promises 12 bytes of data, the file has 16");
  expect(npy(header("|O", "(2,)"), data), "pickled data is never read");
  expect(npy(header(">f4", "(4,)"), data), "big-endian");
  expect(npy(header("<c8", "(2,)"), data), "got \"<c8\"");
  expect(npy(header("<U4", "(1,)"), data), "got \"<U4\"");
  expect(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}", data), "records");
}

TEST(Npy, NamesAMissingFile) {
  EXPECT_ERROR(read_npy("/no/such/a.npy"), "/no/such/a.npy", "No such file");
}

TEST(Npy, RefusesToWriteWhatItCannotHold) {
  const TemporaryFolder folder;
  EXPECT_ERROR(write_npy(folder / "a.npy", at::zeros({2}, at::kComplexFloat)), "ComplexFloat");
  EXPECT_ERROR(write_npy(folder / "a.npy", {}), "a.npy", "got none");
}

}  // namespace
}  // namespace grapevine::io
