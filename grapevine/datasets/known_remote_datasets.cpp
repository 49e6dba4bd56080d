#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/datasets/remote_dataset.h"

// Where the data sets that are known by name lie. Sizes and checksums are those of the files as
// they were published, so that neither a server nor a mirror can give others.
namespace grapevine::datasets {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// One of OGB's node-property archives (Hu et al., 2020), as `master.csv` of the `ogb` package
/// names them.
RemoteDataset ogb_archive(const std::string& folder, std::uint64_t size, const char* sha256,
                          const std::string& split, std::uint64_t max_bytes) {
  const std::string file = folder + ".zip";
  return {.files = {{.name = file,
                     .url = "https://snap.stanford.edu/ogb/data/nodeproppred/" + file,
                     .size = size,
                     .sha256 = sha256}},
          .archive_folder = folder,
          .content = {"raw/edge.csv.gz", "raw/node-feat.csv.gz", "raw/node-label.csv.gz",
                      "split/" + split + "/train.csv.gz", "split/" + split + "/valid.csv.gz",
                      "split/" + split + "/test.csv.gz"},
          .max_bytes = max_bytes};
}

/// A part of a planetoid data set; a size of 0 is unknown.
struct PlanetoidPart {
  const char* name;
  std::uint64_t size;
  const char* sha256;
};

using PlanetoidParts = std::array<PlanetoidPart, 8>;

/// Planetoid's files (Yang, Cohen and Salakhutdinov, 2016) at the last commit of their repository.
RemoteDataset planetoid_files(const std::string& name, const PlanetoidParts& parts) {
  RemoteDataset dataset = {.max_bytes = 64 * kMiB};
  for (const PlanetoidPart& part : parts) {
    const std::string file = "ind." + name + "." + part.name;
    dataset.files.push_back({.name = file,
                             .url = "https://raw.githubusercontent.com/kimiyoung/planetoid/"
                                    "af6abf468a772cc055bec88c52e4d6f51b7c37e3/data/" +
                                    file,
                             .size = part.size,
                             .sha256 = part.sha256});
    dataset.content.push_back(file);
  }
  return dataset;
}

constexpr PlanetoidParts kCora = {{
    {"x", 22119, "23cfa55d91c6f624233f5eb7b6e3f141f1bd2b2ae39608a63cf5d084bb27baab"},
    {"y", 4054, "94465c14eb53e04ca262198dcbb2521ee8af60fb3f3d546cd6ca24a511b0e7d1"},
    {"tx", 148025, "b9afbaa4a400df991f6f02ef677e1e44da55ffc04801fd02f9e673987829226a"},
    {"ty", 28135, "41f5ac76596a1699cc33f53084a2419e92961c42bb75f36fc38e616d348532ad"},
    {"allx", 257305, "9419ba2f26f5c35243db64aba110e0f35a04851609e0dc5433450676ca6b8543"},
    {"ally", 47959, "2b998f5cc7fedc86e7f97ca2498f47a1ffc1462c29e2d578b23bf3f62b6e7d71"},
    {"graph", 59847, "58f13302f39dde8852dad6fe6d15b89b077b6d7f837626bce671ef80344b383d"},
    {"test.index", 5000, "297ce89af2b51a6a194181c7dbe1796c6a1cf9cd9349a88383b1b1e227867875"},
}};

constexpr PlanetoidParts kCiteseer = {{
    {"x", 31087, "d20de19150741e555de0ed037195630fc194114ebc7fd72ced62810148aa22f6"},
    {"y", 3014, "8ba87e515d8e3ee3cf52f6d2c5b86aa73f11ecad825a808455209ec26cd54924"},
    {"tx", 260321, "539a8906a2da97628d212f2fdd668c109a8b3f0d36574b59e5d3fd5b5303da21"},
    {"ty", 24135, "55e5bd1ba1e733a04598753ad1a8d57957f4b8f89e74519f41f4f4938767e4ce"},
    {"allx", 595021, "2ac30345d95c9ec933a817ee0bdd6a5f077f8c184a20e696910192d534414668"},
    {"ally", 55623, "f704b2d986dde6c2669934de1f3ae5696a6cf9455c0f6b2646a2d135ea0a1c95"},
    {"graph", 61987, "d79a4ef9d3e7169aee8946145f6b7306e35bc79bffad26346cfb94e10e9912a7"},
    {"test.index", 5000, "2af990671580b6b2df5d158d1038f8292e30c9cd821b5453f399659b25b723d4"},
}};

constexpr PlanetoidParts kPubmed = {{
    {"x", 23172, "fbe9cb5c47200d1b7769a26e579be3b7130b556831f9d850e77c4c74f2599b33"},
    {"y", 854, "e6c807633307a07ed659249006536a147c7999c797f11a2560752990181b41b3"},
    {"tx", 405505, "4eb5f5d0f30f26497eb0ac6ac9719d09c67e284f1ed0385c93f3ef27a671da3d"},
    {"ty", 12135, "ee2e0d4819d9fbcc403689c3bf2e49face401b605932f093bc58ab6461130fdd"},
    {"allx", 0, "508e538e2abdccdd54c4d3e9f49d638b4af7107d85845f66ddea5a5152658b7e"},
    {"ally", 224739, "0c37bbe3b5014ec365e9d393cf4791925e5ed94fb194305d74f064a8d7b50f0e"},
    {"graph", 471808, "5b89f0036ca22909471f1e6558eb42fa06e0c730a577bde5b058b40638f81dc9"},
    {"test.index", 6000, "b101d421688bbaecbd82e8a18f1e282378d6830f3a37666f28ebc47f844341b5"},
}};

[[maybe_unused]] const bool kOgbnArxivRegistered = remote_datasets().add(
    "ogbn-arxiv", ogb_archive("arxiv", 83'058'288,
                              "49f85c801589ecdcc52cfaca99693aaea7b8af16a9ac3f41dd85a5f3193fe276",
                              "time", 1024 * kMiB));
[[maybe_unused]] const bool kOgbnProductsRegistered = remote_datasets().add(
    "ogbn-products", ogb_archive("products", 1'480'993'786,
                                 "5ea0a112edaec2141c0a2a612dd4aed58df97ff3e1ab1a0ca8238f43cbbb50a8",
                                 "sales_ranking", 8192 * kMiB));
[[maybe_unused]] const bool kCoraRegistered =
    remote_datasets().add("cora", planetoid_files("cora", kCora));
[[maybe_unused]] const bool kCiteseerRegistered =
    remote_datasets().add("citeseer", planetoid_files("citeseer", kCiteseer));
[[maybe_unused]] const bool kPubmedRegistered =
    remote_datasets().add("pubmed", planetoid_files("pubmed", kPubmed));

}  // namespace
}  // namespace grapevine::datasets
