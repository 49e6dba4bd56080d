// Damaged files: a reader either succeeds or throws Error, and never crashes.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "grapevine/io/archive.h"
#include "grapevine/io/csv.h"
#include "grapevine/io/detail/zip_archive.h"
#include "grapevine/io/file.h"
#include "grapevine/io/gzip.h"
#include "grapevine/io/npy.h"
#include "grapevine/io/ondisk.h"
#include "grapevine/io/planetoid.h"
#include "grapevine/io/safetensors.h"
#include "grapevine/io/state_file.h"
#include "grapevine/util/random.h"
#include "tests/support/small_dataset.h"
#include "tests/support/small_planetoid.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::small_dataset;
using testing_support::TemporaryFolder;
using testing_support::write_small_planetoid;

/// `good` with some bytes changed, removed or repeated, or cut short.
std::string damaged(const std::string& good, RandomStream& stream) {
  std::string bytes = good;
  const std::uint64_t changes = 1 + stream.below(4);
  for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = stream.below(bytes.size());
    switch (stream.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(stream.below(256));
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << stream.below(8));
        break;
      case 2:
        bytes.erase(at, 1 + stream.below(8));
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, 1 + stream.below(8)));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

/// Reads `rounds` damaged versions of a file; both outcomes must occur, or the damage is of the
/// wrong kind.
template <typename Read>
void fuzz(const std::filesystem::path& file, int rounds, const Read& read) {
  const std::string good = read_file(file);
  int errors = 0;
  for (int i = 0; i < rounds; ++i) {
    RandomStream stream = RandomKey(2026).stream(static_cast<std::uint64_t>(i));
    const std::string bad = damaged(good, stream);
    // Not write_file, which waits for the disk.
    std::ofstream(file, std::ios::binary) << bad;
    try {
      read();
    } catch (const Error& error) {
      ++errors;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "round " << i << ": not a grapevine::Error: " << error.what();
    }
  }
  write_file(file, {good});
  EXPECT_GT(errors, rounds / 10);
}

TEST(Fuzz, Npy) {
  const TemporaryFolder folder;
  write_npy(folder / "a.npy", at::arange(60).reshape({20, 3}));
  fuzz(folder / "a.npy", 400, [&] {
    static_cast<void>(read_npy(folder / "a.npy"));
    static_cast<void>(read_npy(folder / "a.npy", {.memory_map = true}).sum());
  });
}

TEST(Fuzz, GzippedCsv) {
  const TemporaryFolder folder;
  write_csv(folder / "a.csv.gz", at::arange(300, at::kFloat).reshape({100, 3}) / 7);
  fuzz(folder / "a.csv.gz", 300, [&] { static_cast<void>(read_csv(folder / "a.csv.gz")); });
}

TEST(Fuzz, Csv) {
  const TemporaryFolder folder;
  write_csv(folder / "a.csv", at::arange(90).reshape({30, 3}));
  fuzz(folder / "a.csv", 300,
       [&] { static_cast<void>(read_csv(folder / "a.csv", {.dtype = at::kLong})); });
}

TEST(Fuzz, Metadata) {
  const TemporaryFolder folder;
  write_ondisk(small_dataset(), folder.path());
  fuzz(folder / "metadata.yaml", 400, [&] { static_cast<void>(read_ondisk(folder.path())); });
}

TEST(Fuzz, OnDiskArrays) {
  const TemporaryFolder folder;
  write_ondisk(small_dataset(), folder.path());
  for (const char* name : {"edges.npy", "label.npy", "train_seeds.npy"}) {
    fuzz(folder / name, 60, [&] { static_cast<void>(read_ondisk(folder.path())); });
  }
}

TEST(Fuzz, StateFile) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "state.pt";
  save_state(file, StateDict{{"model", StateDict{{"weight", at::arange(40).reshape({8, 5})}}},
                             {"list", StateList{1, 2.5, "three"}}});
  fuzz(file, 400, [&] { static_cast<void>(load_state(file)); });
}

TEST(Fuzz, Safetensors) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "model.safetensors";
  save_safetensors(file,
                   {{"weight", at::arange(12, at::kFloat).reshape({4, 3})},
                    {"mask", at::arange(5).remainder(2).to(at::kBool)}},
                   {{"epoch", "7"}});
  fuzz(file, 800, [&] { static_cast<void>(load_safetensors(file)); });
}

TEST(Fuzz, Archive) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "data.zip";
  detail::write_zip(file, {{"top/raw/edge", "0,1\n1,2\n"}, {"top/raw/node", "x"}});
  fuzz(file, 300, [&] {
    unpack(file, folder / "out", {.max_bytes = 1000});
    std::filesystem::remove_all(folder / "out");
  });
  for (const auto& left : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(left.path(), file);
  }
}

TEST(Fuzz, Planetoid) {
  const TemporaryFolder folder;
  write_small_planetoid(folder, "small", 0);
  for (const char* part : {"graph", "allx", "ally", "x", "y", "tx", "ty", "test.index"}) {
    fuzz(folder / (std::string("ind.small.") + part), 200,
         [&] { static_cast<void>(read_planetoid(folder.path(), {.num_valid = 2})); });
  }
}

}  // namespace
}  // namespace grapevine::io
