#include "grapevine/io/summary_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "grapevine/io/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing::ElementsAre;
using testing_support::TemporaryFolder;

template <typename Value>
Value raw(std::string_view bytes) {
  Value value{};
  EXPECT_GE(bytes.size(), sizeof(value));
  std::memcpy(&value, bytes.data(), std::min(sizeof(value), bytes.size()));
  return value;
}

/// CRC-32C bit by bit, masked as TFRecord says.
std::uint32_t slow_masked_crc(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      const bool odd = (crc & 1U) != 0;
      crc >>= 1U;
      if (odd) {
        crc ^= 0x82f63b78U;
      }
    }
  }
  crc = ~crc;
  return ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U;
}

/// The records of a file, whose sums must be right and which must end with it.
std::vector<std::string> records_of(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  std::vector<std::string> records;
  for (std::string_view rest = content; !rest.empty();) {
    const auto size = raw<std::uint64_t>(rest);
    if (rest.size() < 16 || size > rest.size() - 16) {
      ADD_FAILURE() << "the record " << records.size() << " is cut off";
      break;
    }
    EXPECT_EQ(raw<std::uint32_t>(rest.substr(8)), slow_masked_crc(rest.substr(0, 8)));
    records.emplace_back(rest.substr(12, size));
    EXPECT_EQ(raw<std::uint32_t>(rest.substr(12 + size)), slow_masked_crc(records.back()));
    rest.remove_prefix(16 + size);
  }
  return records;
}

/// The fields of a protocol buffer by number: eight or four bytes, a length's bytes, or a varint as
/// eight bytes.
using Fields = std::multimap<std::uint64_t, std::string>;

std::uint64_t read_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      break;
    }
  }
  return value;
}

Fields fields_of(std::string_view bytes) {
  Fields fields;
  while (!bytes.empty()) {
    const std::uint64_t key = read_varint(bytes);
    std::size_t size = 0;
    switch (key & 7U) {
      case 0: {
        const std::uint64_t value = read_varint(bytes);
        fields.emplace(key >> 3U, std::string(reinterpret_cast<const char*>(&value), 8));
        continue;
      }
      case 1:
        size = 8;
        break;
      case 2:
        size = read_varint(bytes);
        break;
      case 5:
        size = 4;
        break;
      default:
        ADD_FAILURE() << "wire type " << (key & 7U);
        return fields;
    }
    EXPECT_LE(size, bytes.size());
    fields.emplace(key >> 3U, bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
  return fields;
}

std::string only(const Fields& fields, std::uint64_t number) {
  EXPECT_EQ(fields.count(number), 1U) << "field " << number;
  const auto found = fields.find(number);
  return found == fields.end() ? std::string(8, '\0') : found->second;
}

/// The value within the event `index` of a file.
Fields value_of(const std::filesystem::path& path, std::size_t index) {
  const std::vector<std::string> records = records_of(path);
  if (index >= records.size()) {
    ADD_FAILURE() << "there are " << records.size() << " records";
    return {};
  }
  return fields_of(only(fields_of(only(fields_of(records[index]), 5)), 1));
}

std::vector<double> doubles(const std::string& packed) {
  std::vector<double> values;
  for (std::size_t i = 0; i + 8 <= packed.size(); i += 8) {
    values.push_back(raw<double>(std::string_view(packed).substr(i)));
  }
  return values;
}

TEST(SummaryWriter, BeginsAFileThatTensorBoardFindsWithTheVersion) {
  const TemporaryFolder folder;
  const SummaryWriter writer(folder / "runs/sage");
  EXPECT_EQ(writer.path().parent_path(), folder / "runs/sage");
  EXPECT_THAT(writer.path().filename().string(),
              testing::MatchesRegex("events\\.out\\.tfevents\\.[0-9]{10}\\..+"));
  const std::vector<std::string> records = records_of(writer.path());
  ASSERT_EQ(records.size(), 1U);
  const Fields event = fields_of(records[0]);
  EXPECT_EQ(only(event, 3), "brain.Event:2");
  EXPECT_GT(raw<double>(only(event, 1)), 1.7e9);
}

TEST(SummaryWriter, WritesScalarsWithTheirSteps) {
  const TemporaryFolder folder;
  SummaryWriter writer(folder.path());
  constexpr std::int64_t kLateStep = 5'000'000'000;
  writer.add_scalar("loss/train", 0.25, 1);
  writer.add_scalar("loss/train", -3, kLateStep);
  writer.add_scalar("loss/train", std::nan(""), 2);
  // Read while the writer has it open: nothing waits in memory.
  const std::vector<std::string> records = records_of(writer.path());
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(raw<std::int64_t>(only(fields_of(records[1]), 2)), 1);
  EXPECT_EQ(raw<std::int64_t>(only(fields_of(records[2]), 2)), kLateStep);
  EXPECT_EQ(only(value_of(writer.path(), 1), 1), "loss/train");
  EXPECT_EQ(raw<float>(only(value_of(writer.path(), 1), 2)), 0.25F);
  EXPECT_EQ(raw<float>(only(value_of(writer.path(), 2), 2)), -3.0F);
  EXPECT_TRUE(std::isnan(raw<float>(only(value_of(writer.path(), 3), 2))));
}

TEST(SummaryWriter, WritesCurvesOfOneChartToFoldersOfTheirOwn) {
  const TemporaryFolder folder;
  SummaryWriter writer(folder.path());
  writer.add_scalars("acc/nodes", {{"train", 0.5}, {"valid", 0.25}}, 1);
  writer.add_scalars("acc/nodes", {{"train", 0.75}, {"valid", 0.5}}, 2);
  writer.close();
  for (const auto& [name, last] : {std::pair("train", 0.75F), std::pair("valid", 0.5F)}) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder / (std::string("acc_nodes_") + name))) {
      files.push_back(entry.path());
    }
    ASSERT_EQ(files.size(), 1U);
    ASSERT_EQ(records_of(files[0]).size(), 3U);
    EXPECT_EQ(only(value_of(files[0], 2), 1), "acc/nodes");
    EXPECT_EQ(raw<float>(only(value_of(files[0], 2), 2)), last);
  }
}

TEST(SummaryWriter, WritesTextForTheTextPlugin) {
  const TemporaryFolder folder;
  SummaryWriter writer(folder.path());
  const std::string text(300, 'x');  // whose length takes two bytes
  writer.add_text("configuration", text, 0);
  const Fields value = value_of(writer.path(), 1);
  EXPECT_EQ(only(value, 1), "configuration/text_summary");
  EXPECT_EQ(only(fields_of(only(fields_of(only(value, 9)), 1)), 1), "text");
  const Fields tensor = fields_of(only(value, 8));
  EXPECT_EQ(raw<std::int64_t>(only(tensor, 1)), 7);
  EXPECT_EQ(only(tensor, 8), text);
}

TEST(SummaryWriter, CountsValuesInBuckets) {
  const TemporaryFolder folder;
  SummaryWriter writer(folder.path());
  const std::vector<float> values{
      -2, 0, 0, 1, 1, 1, std::numeric_limits<float>::infinity(), std::nanf("")};
  writer.add_histogram("weight", values, 7);
  const Fields histogram = fields_of(only(value_of(writer.path(), 1), 5));
  EXPECT_EQ(raw<double>(only(histogram, 1)), -2);
  EXPECT_EQ(raw<double>(only(histogram, 2)), 1);
  EXPECT_EQ(raw<double>(only(histogram, 3)), 6);
  EXPECT_EQ(raw<double>(only(histogram, 4)), 1);
  EXPECT_EQ(raw<double>(only(histogram, 5)), 7);
  const std::vector<double> limits = doubles(only(histogram, 6));
  const std::vector<double> counts = doubles(only(histogram, 7));
  ASSERT_EQ(limits.size(), counts.size());
  EXPECT_TRUE(std::is_sorted(limits.begin(), limits.end()));
  std::map<double, double> buckets;  // by what lies in them
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (const double value : {-2.0, 0.0, 1.0}) {
      const bool above = i == 0 || value >= limits[i - 1];
      if (above && value < limits[i]) {
        buckets[value] += counts[i];
        EXPECT_TRUE(value == 0 || limits[i] - limits[i - 1] < 0.11 * std::abs(value)) << limits[i];
      }
    }
  }
  EXPECT_THAT(buckets, ElementsAre(std::pair(-2.0, 1.0), std::pair(0.0, 2.0), std::pair(1.0, 3.0)));

  const std::vector<double> none;
  writer.add_histogram("weight", none, 8);
  EXPECT_EQ(raw<double>(only(fields_of(only(value_of(writer.path(), 2), 5)), 3)), 0);
  const std::vector<double> huge{std::numeric_limits<double>::max(), -1e300};
  writer.add_histogram("weight", huge, 9);
  EXPECT_EQ(raw<double>(only(fields_of(only(value_of(writer.path(), 3), 5)), 3)), 2);
}

TEST(SummaryWriter, MakesALaterFileForARunThatGoesOn) {
  const TemporaryFolder folder;
  folder.write("events.out.tfevents.4000000000.host", "");
  SummaryWriter first(folder.path());
  first.add_scalar("loss", 1, 1);
  SummaryWriter second(folder.path(), {.purge_step = 1});
  EXPECT_THAT(first.path().filename().string(), testing::HasSubstr(".4000000001."));
  EXPECT_GT(second.path(), first.path());
  const std::vector<std::string> records = records_of(second.path());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(raw<std::int64_t>(only(fields_of(records[1]), 2)), 1);
  EXPECT_EQ(raw<std::int64_t>(only(fields_of(only(fields_of(records[1]), 7)), 1)), 1);
  EXPECT_EQ(records_of(first.path()).size(), 2U);
}

TEST(SummaryWriter, SaysWhatItCannotWrite) {
  const TemporaryFolder folder;
  folder.write("file", "");
  EXPECT_ERROR(SummaryWriter(folder / "file"), "file");
  EXPECT_ERROR(SummaryWriter(folder.path(), {.purge_step = -1}), "purge_step", "-1");
  SummaryWriter writer(folder.path());
  EXPECT_ERROR(writer.add_scalar("", 1, 1), "tag");
  EXPECT_ERROR(writer.add_text("", "text", 1), "tag");
  EXPECT_ERROR(writer.add_scalars("", {{"train", 1}}, 1), "tag");
  EXPECT_ERROR(writer.add_scalar("loss", 1, -1), "step", "-1");
  writer.close();
  writer.close();
  EXPECT_ERROR(writer.add_scalar("loss", 1, 1), writer.path().string(), "closed");
  EXPECT_ERROR(writer.flush(), writer.path().string(), "closed");
  EXPECT_EQ(records_of(writer.path()).size(), 1U);
}

TEST(SummaryWriter, LeavesWholeRecordsWhereAFileMayNotGrow) {
  const TemporaryFolder folder;
  SummaryWriter writer(folder.path());
  // As a full disk does, this takes a part of the record.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 200, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_ERROR(writer.add_text("text", std::string(1000, 'x'), 1), writer.path().string(),
               "written");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(records_of(writer.path()).size(), 1U);
  writer.add_scalar("loss", 1, 2);
  EXPECT_EQ(records_of(writer.path()).size(), 2U);
}

}  // namespace
}  // namespace grapevine::io
