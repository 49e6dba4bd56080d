#include "grapevine/graph/frame.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <ostream>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine {

struct Column::State {
  at::Tensor source;            // the column itself, or what it is made of; never changes
  ColumnPtr rows;               // of `source`; null for all
  at::Device device;            // where the column is read, perhaps not where `source` is
  mutable at::Tensor gathered;  // set once, then `is_gathered`
  mutable std::atomic<bool> is_gathered{false};
  mutable std::mutex mutex;

  State(at::Tensor the_source, ColumnPtr the_rows, at::Device the_device)
      : source(std::move(the_source)), rows(std::move(the_rows)), device(the_device) {}
};

Column::Column(at::Tensor data) {
  const at::Device device = data.device();
  state_ = std::make_unique<State>(std::move(data), nullptr, device);
}

Column::Column(std::unique_ptr<State> state) : state_(std::move(state)) {}

Column::~Column() = default;

ColumnPtr Column::slice(const ColumnPtr& parent, const at::Tensor& rows) {
  return slice(parent, std::make_shared<Column>(rows));
}

ColumnPtr Column::slice(const ColumnPtr& parent, ColumnPtr rows) {
  const State& from = *parent->state_;
  // Asked once: another thread may gather the parent meanwhile.
  const bool is_lazy = parent->is_lazy();
  const at::Tensor& source = is_lazy ? from.source : parent->data();
  if (is_lazy && from.rows != nullptr) {
    const at::Tensor& from_rows = from.rows->data();
    rows = std::make_shared<Column>(from_rows.index_select(0, rows->data().to(from_rows.device())));
  }
  return ColumnPtr(new Column(std::make_unique<State>(source, std::move(rows), from.device)));
}

const at::Tensor& Column::data() const {
  const State& state = *state_;
  if (state.rows == nullptr && state.source.device() == state.device) {
    return state.source;
  }
  if (!state.is_gathered.load(std::memory_order_acquire)) {
    const std::lock_guard lock(state.mutex);
    if (!state.is_gathered.load(std::memory_order_relaxed)) {
      const at::Tensor selected =
          state.rows == nullptr
              ? state.source
              : state.source.index_select(0, state.rows->data().to(state.source.device()));
      state.gathered = selected.to(state.device);
      state.is_gathered.store(true, std::memory_order_release);
    }
  }
  return state.gathered;
}

at::Tensor Column::page_locked_data() const {
  const State& state = *state_;
  const bool has_gradient = state.source.requires_grad() && at::GradMode::is_enabled();
  if (!is_lazy() || state.rows == nullptr || !state.source.is_cpu() || has_gradient) {
    return data();
  }
  at::DimVector shape(state.source.sizes().begin(), state.source.sizes().end());
  const at::Tensor& rows = state.rows->data();
  shape[0] = rows.numel();
  at::Tensor result =
      at::empty(shape, at::TensorOptions(state.source.scalar_type()).pinned_memory(true));
  at::index_select_out(result, state.source, 0, rows.cpu());
  return result;
}

bool Column::is_lazy() const {
  return (state_->rows != nullptr || state_->source.device() != state_->device) &&
         !state_->is_gathered.load(std::memory_order_acquire);
}

std::optional<Column::Pick> Column::pick() const {
  const State& state = *state_;
  if (!is_lazy() || state.rows == nullptr || state.source.device() != state.device) {
    return std::nullopt;
  }
  return Pick{state.source, state.rows->data()};
}

const at::Tensor& Column::peek() const { return is_lazy() ? state_->source : data(); }

ColumnPtr Column::to(at::Device device, const TensorCopy& copy) const {
  if (!is_lazy()) {
    return std::make_shared<Column>(copy ? copy(data()) : data().to(device));
  }
  return ColumnPtr(new Column(std::make_unique<State>(state_->source, state_->rows, device)));
}

Frame::Frame(std::int64_t num_rows, std::string entity, at::Device device)
    : num_rows_(num_rows), entity_(std::move(entity)), device_(device) {}

std::vector<std::string> Frame::names() const {
  std::vector<std::string> result;
  result.reserve(columns_.size());
  for (const auto& [name, column] : columns_) {
    result.push_back(name);
  }
  return result;
}

const at::Tensor& Frame::get(const std::string& name) const { return column(name)->data(); }

const ColumnPtr& Frame::column(const std::string& name) const {
  const auto found = columns_.find(name);
  check(found != columns_.end(), "there is no {} feature \"{}\"; there are: [{}]", entity_, name,
        fmt::join(names(), ", "));
  return found->second;
}

void Frame::set(const std::string& name, at::Tensor data) {
  check(data.defined(), "{} feature \"{}\": expected a tensor, got an undefined one", entity_,
        name);
  check(data.dim() >= 1, "{} feature \"{}\": expected {} rows, got a scalar", entity_, name,
        num_rows_);
  check(data.size(0) == num_rows_, "{} feature \"{}\": expected {} rows, one for each {}, got {}",
        entity_, name, num_rows_, entity_, data.size(0));
  check(data.device() == device_,
        "{} feature \"{}\": expected a tensor on {}, as the graph is, got one on {}", entity_, name,
        device_.str(), data.device().str());
  add_column(name, std::make_shared<Column>(std::move(data)));
}

void Frame::erase(const std::string& name) {
  check(columns_.erase(name) == 1, "there is no {} feature \"{}\" to remove; there are: [{}]",
        entity_, name, fmt::join(names(), ", "));
  derived_.erase(name);
}

void Frame::add_slices(const Frame& parent, const at::Tensor& rows) {
  add_slices(parent, std::make_shared<Column>(rows));
}

void Frame::add_slices(const Frame& parent, const ColumnPtr& rows) {
  for (const auto& [name, column] : parent.columns_) {
    add_column(name, Column::slice(column, rows));
  }
}

std::shared_ptr<const Frame::Derived> Frame::kept(const std::string& name) const {
  const auto found = derived_.find(name);
  return found == derived_.end() ? nullptr : found->second;
}

at::Tensor FrameView::pop(const std::string& name) const {
  at::Tensor data = frame_->get(name);
  frame_->erase(name);
  return data;
}

void FrameView::update(const std::map<std::string, at::Tensor>& features) const {
  for (const auto& [name, data] : features) {
    frame_->set(name, data);
  }
}

std::ostream& operator<<(std::ostream& stream, const FrameView& view) {
  stream << "{";
  std::string_view separator;
  for (const auto& [name, column] : view.frame()->columns()) {
    const at::Tensor& data = column->peek();
    std::vector<std::int64_t> shape = data.sizes().vec();
    shape.front() = view.frame()->num_rows();
    stream << separator
           << fmt::format("'{}': [{}] {}", name, fmt::join(shape, ", "),
                          at::toString(data.scalar_type()));
    separator = ", ";
  }
  return stream << "}";
}

}  // namespace grapevine
