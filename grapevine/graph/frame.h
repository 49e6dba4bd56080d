#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/graph/tensor_copy.h"

namespace grapevine {

/// One feature: a tensor with one row for each node or edge, or rows of another tensor that are
/// gathered when first read. Shared between frames; reading is thread-safe.
class Column {
 public:
  /// A column that is `data` itself.
  explicit Column(at::Tensor data);
  ~Column();
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;

  /// The rows `rows` (`[n]`, int64 or int32, in range) of `parent`, gathered when first read. A
  /// slice of a slice goes straight to the tensor behind both.
  static std::shared_ptr<const Column> slice(const std::shared_ptr<const Column>& parent,
                                             const at::Tensor& rows);
  /// The same with rows that need not have been gathered, and are not until this column is.
  static std::shared_ptr<const Column> slice(const std::shared_ptr<const Column>& parent,
                                             std::shared_ptr<const Column> rows);

  /// The tensor `[num_rows, *shape]`; gathers it if that has not happened.
  [[nodiscard]] const at::Tensor& data() const;
  /// The tensor, gathered straight into page-locked memory, from where a GPU copies faster.
  /// `data()` if it has been gathered, if gradients pass through it, or if its rows are not picked
  /// on the CPU. Throws what torch throws where it has no page-locked memory.
  [[nodiscard]] at::Tensor page_locked_data() const;
  /// Whether `data()` would gather.
  [[nodiscard]] bool is_lazy() const;
  /// What `data()` would gather, for a reader who takes the rows from where they are.
  struct Pick {
    at::Tensor source;  ///< `[n, *shape]`
    at::Tensor rows;    ///< `[num_rows]`, int64 or int32, in `[0, n)`
  };
  /// None if there is nothing to gather, or the rows come from another device.
  [[nodiscard]] std::optional<Pick> pick() const;
  /// A tensor with this column's dtype and trailing shape, without gathering: its rows may be the
  /// parent's.
  [[nodiscard]] const at::Tensor& peek() const;
  /// The same rows on another device, where `copy` brings them; a lazy column stays lazy, is
  /// gathered where its source is and then moved.
  [[nodiscard]] std::shared_ptr<const Column> to(at::Device device,
                                                 const TensorCopy& copy = {}) const;

 private:
  struct State;
  explicit Column(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

using ColumnPtr = std::shared_ptr<const Column>;

/// The features of one node type or one relation: columns by name, each with `num_rows` rows. Owned
/// by one thread at a time.
class Frame {
 public:
  using Columns = std::map<std::string, ColumnPtr>;

  /// What someone has made of a column, kept beside it; see `keep`.
  struct Derived {
    virtual ~Derived() = default;
  };
  using DerivedByName = std::map<std::string, std::shared_ptr<const Derived>>;

  /// `entity` is what a row stands for in messages: "node", "edge", "source node" or "destination
  /// node".
  Frame(std::int64_t num_rows, std::string entity, at::Device device);

  [[nodiscard]] std::int64_t num_rows() const { return num_rows_; }
  [[nodiscard]] const std::string& entity() const { return entity_; }
  [[nodiscard]] at::Device device() const { return device_; }
  [[nodiscard]] bool contains(const std::string& name) const { return columns_.contains(name); }
  [[nodiscard]] std::vector<std::string> names() const;

  /// The column's tensor, gathered if need be. Throws `Error` that lists the columns there are.
  [[nodiscard]] const at::Tensor& get(const std::string& name) const;
  /// The column itself, gathered or not. Throws as `get` does.
  [[nodiscard]] const ColumnPtr& column(const std::string& name) const;
  /// Sets or replaces a column; aliases `data`. Throws `Error` for a wrong number of rows or
  /// device.
  void set(const std::string& name, at::Tensor data);
  /// Removes a column; throws `Error` if there is none.
  void erase(const std::string& name);

  [[nodiscard]] const Columns& columns() const { return columns_; }
  void set_columns(Columns columns) {
    columns_ = std::move(columns);
    derived_.clear();
  }
  /// Adds a column that is known to have `num_rows` rows; not checked.
  void add_column(const std::string& name, ColumnPtr column) {
    columns_[name] = std::move(column);
    derived_.erase(name);
  }
  /// Adds every column of `parent`, lazily restricted to `rows`; a column of the same name is
  /// replaced.
  void add_slices(const Frame& parent, const at::Tensor& rows);
  void add_slices(const Frame& parent, const ColumnPtr& rows);

  /// Keeps what was made of the column `name` until that is replaced or removed. The copies of a
  /// graph do not have it.
  void keep(const std::string& name, std::shared_ptr<const Derived> derived) {
    derived_[name] = std::move(derived);
  }
  /// What `keep` was given, or null.
  [[nodiscard]] std::shared_ptr<const Derived> kept(const std::string& name) const;
  [[nodiscard]] const DerivedByName& all_kept() const { return derived_; }
  void keep_all(DerivedByName derived) { derived_ = std::move(derived); }

 private:
  std::int64_t num_rows_;
  std::string entity_;
  at::Device device_;
  Columns columns_;
  DerivedByName derived_;
};

using FramePtr = std::shared_ptr<Frame>;

/// One feature of a `FrameView`, as `g.ndata()["h"]` gives it: reads as a tensor, assigns as one.
class FeatureRef {
 public:
  FeatureRef(FramePtr frame, std::string name) : frame_(std::move(frame)), name_(std::move(name)) {}
  /// Reads; throws `Error` if there is no such feature.
  operator at::Tensor() const { return frame_->get(name_); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] at::Tensor tensor() const { return frame_->get(name_); }
  /// Without gathering it.
  [[nodiscard]] const ColumnPtr& column() const { return frame_->column(name_); }
  /// The tensor's own members: `g.ndata()["h"]->size(1)`.
  const at::Tensor* operator->() const { return &frame_->get(name_); }
  /// Writes; throws `Error` for a wrong number of rows.
  FeatureRef& operator=(const at::Tensor& data) {
    frame_->set(name_, data);
    return *this;
  }
  FeatureRef& operator=(const FeatureRef& other) {
    frame_->set(name_, other.tensor());
    return *this;
  }
  FeatureRef(const FeatureRef&) = default;
  ~FeatureRef() = default;

 private:
  FramePtr frame_;
  std::string name_;
};

/// What `ndata`, `edata`, `nodes(...).data` return: a map from names to tensors over a shared
/// frame.
///
///     g.ndata()["h"] = torch::ones({g.num_nodes(), 4});
///     at::Tensor h = g.ndata()["h"];
class FrameView {
 public:
  explicit FrameView(FramePtr frame) : frame_(std::move(frame)) {}
  FeatureRef operator[](const std::string& name) const { return {frame_, name}; }
  [[nodiscard]] bool contains(const std::string& name) const { return frame_->contains(name); }
  [[nodiscard]] std::vector<std::string> keys() const { return frame_->names(); }
  [[nodiscard]] std::size_t size() const { return frame_->columns().size(); }
  [[nodiscard]] bool empty() const { return frame_->columns().empty(); }
  /// Removes a feature and returns it; throws `Error` if there is none.
  at::Tensor pop(const std::string& name) const;
  void erase(const std::string& name) const { frame_->erase(name); }
  /// Sets several features at once.
  void update(const std::map<std::string, at::Tensor>& features) const;
  [[nodiscard]] const FramePtr& frame() const { return frame_; }

 private:
  FramePtr frame_;
};

/// Each feature's name, shape and dtype, `{'feat': [4, 2] Float}`; gathers nothing.
std::ostream& operator<<(std::ostream& stream, const FrameView& view);

}  // namespace grapevine
