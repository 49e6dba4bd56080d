// Graph files that are cut short, damaged, or whose checksums are right and whose claims are not.
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/io/detail/tensor_file.h"
#include "grapevine/io/graph_file.h"
#include "grapevine/util/random.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"
#include "tests/support/small_dataset.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using detail::TensorFileHeader;
using testing_support::TemporaryFolder;
using testing_support::typed_dataset;

using testing_support::ids;

/// The bytes of a file with its description changed and all checksums made right again.
std::string with_description(const std::string& good,
                             const std::function<void(nlohmann::json&)>& change) {
  TensorFileHeader header;
  std::memcpy(&header, good.data(), sizeof header);
  nlohmann::json description =
      nlohmann::json::parse(good.substr(sizeof header, header.table_bytes));
  change(description);
  std::string table = description.dump();
  table.resize((table.size() + 63) / 64 * 64, ' ');
  const std::string data = good.substr(sizeof header + header.table_bytes);
  header.table_bytes = table.size();
  header.table_checksum = detail::checksum_of(table);
  header.file_bytes = sizeof header + table.size() + data.size();
  header.checksum = detail::checksum_of(header);
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + table + data;
}

std::string good_file() {
  const Graph g = typed_dataset().graph;
  g.create_formats_();
  return graphs_to_bytes({g}, {{"y", ids({4})}});
}

TEST(GraphFile, NamesWhatIsWrongWithTheHeader) {
  const TemporaryFolder folder;
  const std::string good = good_file();
  const auto expect = [&](std::string bytes, const std::string& words) {
    folder.write("bad.gv", bytes);
    EXPECT_ERROR(load_graphs(folder / "bad.gv"), "bad.gv", words);
    EXPECT_ERROR(load_graphs(folder / "bad.gv", {}, {.memory_map = true}), "bad.gv", words);
    EXPECT_ERROR(load_labels(folder / "bad.gv"), "bad.gv", words);
    EXPECT_ERROR(graphs_from_bytes(bytes), "bytes", words);
  };
  const auto with_header = [&](const std::function<void(TensorFileHeader&)>& change) {
    TensorFileHeader header;
    std::memcpy(&header, good.data(), sizeof header);
    change(header);
    header.checksum = detail::checksum_of(header);
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
           good.substr(sizeof header);
  };
  expect("", "0 bytes only");
  expect("short", "5 bytes only");
  expect(std::string(1000, 'x'), "no magic number");
  expect(good.substr(0, good.size() - 1), "cut short");
  expect(good.substr(0, 64), "cut short");
  expect(good + "x", "goes on after its end");
  expect(with_header([](TensorFileHeader& header) { header.version = 2; }), "newer");
  expect(with_header([](TensorFileHeader& header) { header.version = 0; }), "version 0 is unknown");
  expect(with_header([](TensorFileHeader& header) { header.table_bytes += 64; }), "checksum");
  expect(with_header([](TensorFileHeader& header) { header.table_bytes = std::uint64_t{1} << 60; }),
         "cannot have");
  expect(with_header([](TensorFileHeader& header) { header.table_bytes = ~std::uint64_t{63}; }),
         "cannot have");
  std::string flipped = good;
  flipped[20] = static_cast<char>(flipped[20] ^ 1);
  expect(flipped, "header's checksum");
  flipped = good;
  flipped[70] = static_cast<char>(flipped[70] ^ 1);
  expect(flipped, "checksum of the table");
}

TEST(GraphFile, NoticesDamageInItsData) {
  std::string bytes = good_file();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_ERROR(graphs_from_bytes(bytes), "bytes", "label \"y\"", "checksum");
}

TEST(GraphFile, NamesWhatIsWrongWithTheTable) {
  using nlohmann::json;
  const std::string good = good_file();
  const auto expect = [&](const std::function<void(json&)>& change, const std::string& words) {
    EXPECT_ERROR(graphs_from_bytes(with_description(good, change)), "bytes: ", words);
  };
  EXPECT_EQ(graphs_from_bytes(with_description(good, [](json&) {})).graphs.size(), 1);
  expect([](json& file) { file = json::array(); }, "expected an object with \"tensors\"");
  expect([](json& file) { file.erase("tensors"); }, "lacks \"tensors\"");
  expect([](json& file) { file.erase("graphs"); }, "lacks \"graphs\"");
  expect([](json& file) { file["tensors"] = 3; }, "\"tensors\": expected a list");
  expect([](json& file) { file["labels"] = 3; }, "\"labels\": expected an object");
  expect([](json& file) { file["labels"]["y"] = 99; }, "tensor 99 of");
  expect([](json& file) { file["labels"]["y"] = -1; }, "whole number");
  expect([](json& file) { file["labels"]["y"] = 0.5; }, "whole number");
  expect([](json& file) { file["tensors"][0]["dtype"] = "float\n8"; }, "\"float\\n8\"");
  expect([](json& file) { file["tensors"][0]["shape"] = {1ULL << 62, 4}; }, "overflows");
  expect([](json& file) { file["tensors"][0]["shape"] = {1ULL << 40}; }, "outside the file");
  expect([](json& file) { file["tensors"][0]["shape"] = {-1}; }, "\"shape\"");
  expect([](json& file) { file["tensors"][0]["shape"] = std::vector<int>(65, 1); }, "at most 64");
  expect([](json& file) { file["tensors"][1]["offset"] = 0; }, "outside the file");
  expect([](json& file) { file["tensors"].erase(file["tensors"].size() - 1); }, "the file at");
  const auto graph = [](json& file) -> json& { return file["graphs"][0]; };
  expect([&](json& file) { graph(file) = 1; }, "graph 0: expected an object");
  expect([&](json& file) { graph(file)["idtype"] = "int8"; }, "\"idtype\"");
  expect([&](json& file) { graph(file)["idtype"] = "int32"; }, "expected ids of type Int");
  expect([&](json& file) { graph(file)["nodes"] = json::array(); }, "at least one node type");
  expect([&](json& file) { graph(file)["nodes"][1]["type"] = "author"; }, "different names");
  expect([&](json& file) { graph(file)["nodes"][0]["type"] = "other"; }, "between node types");
  expect([&](json& file) { graph(file)["nodes"][0]["count"] = 2; }, "out of range");
  expect([&](json& file) { graph(file)["nodes"][0]["count"] = 1ULL << 60; }, "\"count\"");
  expect([&](json& file) { graph(file)["nodes"][0]["count"] = 4; }, "csr: indptr");
  expect([&](json& file) { graph(file)["nodes"][1]["features"]["feat"] = 0; }, "5 rows");
  const auto edges = [](json& file) -> json& { return file["graphs"][0]["edges"][0]; };
  expect([&](json& file) { edges(file)["type"] = {"author", "paper"}; }, "expected a list of 3");
  expect([&](json& file) { graph(file)["edges"][1] = edges(file); }, "different relations");
  expect([&](json& file) { edges(file)["csr"] = {0, 1}; }, "\"csr\": expected a list of 3");
  expect([&](json& file) { edges(file)["csr"] = edges(file)["csc"]; }, "csr: indptr");
  expect([&](json& file) { std::swap(edges(file)["coo"][0], edges(file)["coo"][1]); },
         "out of range");
  expect(
      [&](json& file) {
        for (const char* format : {"coo", "csr", "csc"}) {
          edges(file).erase(format);
        }
      },
      "got none");
  expect([&](json& file) { graph(file)["edges"][1]["coo"] = edges(file)["coo"]; },
         "expected the same edges");
}

TEST(GraphFile, NeverCrashesOnDamage) {
  const std::string good = good_file();
  int errors = 0;
  for (std::uint64_t round = 0; round < 600; ++round) {
    RandomStream stream = RandomKey(2026).stream(round);
    std::string bytes = good;
    if (round % 2 == 0) {
      bytes.resize(stream.below(2) == 0 ? stream.below(bytes.size()) : bytes.size());
      for (std::uint64_t i = 0; i < 3 && !bytes.empty(); ++i) {
        bytes[stream.below(bytes.size())] = static_cast<char>(stream.below(256));
      }
    } else {
      // A number or a word of the table becomes another, under right checksums.
      bytes = with_description(good, [&](nlohmann::json& file) {
        const nlohmann::json flat = file.flatten();
        auto item = flat.begin();
        std::advance(item, static_cast<std::ptrdiff_t>(stream.below(flat.size())));
        nlohmann::json& value = file[nlohmann::json::json_pointer(item.key())];
        const std::vector<nlohmann::json> others = {
            stream.below(20), stream.below(20), -1,         nullptr, "paper",
            "int32",          "bool",           1ULL << 40, 1.5,     {0, 1, 2}};
        value = others[stream.below(others.size())];
      });
    }
    try {
      const GraphFile file = graphs_from_bytes(bytes);
      for (const Graph& graph : file.graphs) {
        graph.create_formats_();
      }
    } catch (const Error& error) {
      ++errors;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "round " << round << ": not a grapevine::Error: " << error.what();
    }
  }
  EXPECT_GT(errors, 400);
}

}  // namespace
}  // namespace grapevine::io
