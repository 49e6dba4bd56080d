#include "grapevine/io/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: gzip wrapper, largest window
constexpr std::size_t kInputSize = std::size_t{1} << 17;
constexpr std::size_t kChunk = std::size_t{1} << 20;

unsigned clamped(std::size_t count) {
  return static_cast<unsigned>(std::min<std::size_t>(count, std::numeric_limits<unsigned>::max()));
}

}  // namespace

struct GzipReader::State {
  State(const std::filesystem::path& path, std::uint64_t most) : file(path), limit(most) {
    check(inflateInit2(&stream, kGzipWindow) == Z_OK, "{}: zlib could not be started", file.name());
  }
  ~State() { inflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Makes sure that there is input; false at the end of the file.
  bool refill() {
    if (stream.avail_in == 0) {
      stream.next_in = input.data();
      stream.avail_in = static_cast<unsigned>(file.read(input.data(), input.size()));
    }
    return stream.avail_in > 0;
  }

  /// At the end of a member: whether another one begins. Zeros may pad the file.
  bool next_member() {
    while (refill() && *stream.next_in == 0) {
      ++stream.next_in;
      --stream.avail_in;
      padded = true;
    }
    if (stream.avail_in == 0) {
      return false;
    }
    check(!padded && *stream.next_in == 0x1F, "{}: other bytes follow the compressed data",
          file.name());
    check(inflateReset(&stream) == Z_OK, "{}: zlib could not be restarted", file.name());
    return true;
  }

  /// Inflates into the output that the stream has; sets `finished` at the end of the last member.
  void step() {
    check(refill(), "{}: truncated gzip data", file.name());
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      finished = !next_member();
      return;
    }
    check(status == Z_OK || status == Z_BUF_ERROR, "{}: corrupt gzip data ({})", file.name(),
          stream.msg != nullptr ? stream.msg : "unexpected end");
  }

  InputFile file;
  std::uint64_t limit;
  std::uint64_t produced = 0;
  bool finished = false;
  bool padded = false;
  z_stream stream = {};
  std::vector<unsigned char> input = std::vector<unsigned char>(kInputSize);
};

GzipReader::GzipReader(const std::filesystem::path& path, std::uint64_t limit)
    : state_(std::make_unique<State>(path, limit)) {}
GzipReader::~GzipReader() = default;
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;

std::size_t GzipReader::read(char* buffer, std::size_t count) {
  z_stream& stream = state_->stream;
  stream.next_out = reinterpret_cast<unsigned char*>(buffer);
  stream.avail_out = clamped(count);
  const unsigned room = stream.avail_out;
  while (!state_->finished && stream.avail_out > 0) {
    state_->step();
  }
  const std::size_t got = room - stream.avail_out;
  state_->produced += got;
  check(state_->produced <= state_->limit, "{}: decompresses to more than {} bytes",
        state_->file.name(), state_->limit);
  return got;
}

std::string read_gzip(const std::filesystem::path& path, std::uint64_t limit) {
  GzipReader reader(path, limit);
  std::string content;
  std::size_t got = 0;
  do {
    const std::size_t size = content.size();
    content.resize(size + kChunk);
    got = reader.read(content.data() + size, kChunk);
    content.resize(size + got);
  } while (got == kChunk);
  return content;
}

std::string gzip_compress(std::string_view content) {
  z_stream stream = {};
  constexpr int kLevel = 4;
  constexpr int kMemoryLevel = 8;
  check(deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) ==
            Z_OK,
        "gzip: zlib could not be started");
  std::string result;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      stream.avail_in = clamped(content.size());
      stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(content.data()));
      content.remove_prefix(stream.avail_in);
    }
    const std::size_t size = result.size();
    result.resize(size + kChunk);
    stream.next_out = reinterpret_cast<unsigned char*>(result.data()) + size;
    stream.avail_out = kChunk;
    status = deflate(&stream, content.empty() ? Z_FINISH : Z_NO_FLUSH);
    result.resize(size + kChunk - stream.avail_out);
  }
  deflateEnd(&stream);
  return result;
}

}  // namespace grapevine::io
