#include "grapevine/io/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    check(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1,
          "sha256: libcrypto has no SHA-256");
  }

  void add(const void* bytes, std::size_t count) {
    check(EVP_DigestUpdate(context_.get(), bytes, count) == 1, "sha256: libcrypto failed");
  }

  [[nodiscard]] std::string digits() {
    std::array<unsigned char, 32> digest{};
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1,
          "sha256: libcrypto failed");
    return fmt::format("{:02x}", fmt::join(digest, ""));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256(std::string_view bytes) {
  Sha256 digest;
  digest.add(bytes.data(), bytes.size());
  return digest.digits();
}

std::string sha256_of_file(const std::filesystem::path& path,
                           const std::function<bool()>& cancelled) {
  InputFile file(path);
  Sha256 digest;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (const std::size_t count = file.read(buffer.data(), buffer.size())) {
    check(!cancelled || !cancelled(), "{}: cancelled while its checksum was computed", file.name());
    digest.add(buffer.data(), count);
  }
  return digest.digits();
}

}  // namespace grapevine::io
