#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/graph/tensor_copy.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine {

/// A set of the formats that edges are kept in.
struct FormatSet {
  bool coo = false;
  bool csr = false;
  bool csc = false;
  friend bool operator==(const FormatSet&, const FormatSet&) = default;
};

/// Their names in DGL, in the order "coo", "csr", "csc".
[[nodiscard]] std::vector<std::string> format_names(const FormatSet& formats);

/// The same edges in one format or several, for `Adjacency::from_formats`.
struct AdjacencyParts {
  std::optional<ops::Coo> coo;
  std::optional<ops::Csr> csr;  ///< rows are sources
  std::optional<ops::Csr> csc;  ///< rows are destinations
};

/// The edges of one relation. Immutable: COO, CSR and CSC are made on demand, once, and shared by
/// every graph that holds the relation; any number of threads may ask at the same time. Edge i of
/// the constructor is edge i in every format.
class Adjacency final : public ops::EdgeIndex {
 public:
  /// From endpoints `[num_edges]`, int64 or int32. Throws `Error` for ids outside `[0, num_src)` or
  /// `[0, num_dst)`, other dtypes, unequal lengths, dtypes or devices.
  static std::shared_ptr<const Adjacency> from_coo(std::int64_t num_src, std::int64_t num_dst,
                                                   at::Tensor src, at::Tensor dst);
  /// From any formats of the same edges, at least one; nothing is converted. Throws `Error` that
  /// names the format for offsets that do not start at 0, decrease or do not end at the number of
  /// edges, ids out of range, edge ids that are not each of `0 .. num_edges - 1` once, and formats
  /// that disagree. Offsets are int64. O(nodes + edges).
  static std::shared_ptr<const Adjacency> from_formats(std::int64_t num_src, std::int64_t num_dst,
                                                       AdjacencyParts parts);
  /// From in-edges that are known to be well-formed, such as a sampler's. Not checked.
  static std::shared_ptr<const Adjacency> from_csc_unchecked(std::int64_t num_src,
                                                             std::int64_t num_dst, ops::Csr csc);
  /// From endpoints that are known to be well-formed. Not checked.
  static std::shared_ptr<const Adjacency> from_coo_unchecked(std::int64_t num_src,
                                                             std::int64_t num_dst, ops::Coo coo);
  ~Adjacency() override;
  Adjacency(const Adjacency&) = delete;
  Adjacency& operator=(const Adjacency&) = delete;

  [[nodiscard]] std::int64_t num_src() const override { return num_src_; }
  [[nodiscard]] std::int64_t num_dst() const override { return num_dst_; }
  [[nodiscard]] std::int64_t num_edges() const override { return num_edges_; }
  [[nodiscard]] const ops::Coo& coo() const override;
  [[nodiscard]] const ops::Csr& csr() const override;
  [[nodiscard]] const ops::Csr& csc() const override;

  [[nodiscard]] at::ScalarType idtype() const { return idtype_; }
  [[nodiscard]] at::Device device() const { return device_; }
  /// In-degree of each destination `[num_dst]`, out-degree of each source `[num_src]`, in the id
  /// type.
  [[nodiscard]] at::Tensor in_degrees() const;
  [[nodiscard]] at::Tensor out_degrees() const;

  /// The relation with every edge turned round; ids stay. Shares the formats that exist.
  [[nodiscard]] std::shared_ptr<const Adjacency> reverse() const;
  /// A copy on another device, where `copy` brings each tensor, or in another id type.
  [[nodiscard]] std::shared_ptr<const Adjacency> to(at::Device device, at::ScalarType idtype,
                                                    const TensorCopy& copy = {}) const;

  /// Which formats exist now, for `Graph::formats` and for tests of laziness.
  [[nodiscard]] bool has_coo() const override;
  [[nodiscard]] bool has_csr() const;
  [[nodiscard]] bool has_csc() const;
  [[nodiscard]] FormatSet created() const { return {has_coo(), has_csr(), has_csc()}; }
  /// Which formats may exist: all, unless `restrict_to` made this. `coo`, `csr` and `csc` throw
  /// `Error` for the others.
  [[nodiscard]] FormatSet allowed() const { return allowed_; }
  /// The same edges with no other formats than `formats`, which is not empty. Keeps those of them
  /// that exist; if none does, makes the first of COO, CSR and CSC that is allowed.
  [[nodiscard]] std::shared_ptr<const Adjacency> restrict_to(FormatSet formats) const;

 private:
  struct Formats;
  Adjacency(std::int64_t num_src, std::int64_t num_dst, std::int64_t num_edges,
            at::ScalarType idtype, at::Device device);
  void check_allowed(bool allowed, const char* format) const;
  [[nodiscard]] ops::Coo endpoints() const;
  std::int64_t num_src_;
  std::int64_t num_dst_;
  std::int64_t num_edges_;
  at::ScalarType idtype_;
  at::Device device_;
  FormatSet allowed_ = {true, true, true};
  std::unique_ptr<Formats> formats_;
};

using AdjacencyPtr = std::shared_ptr<const Adjacency>;

}  // namespace grapevine
