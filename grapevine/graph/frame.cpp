#include "grapevine/graph/frame.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <ostream>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine {

struct Column::State {
  at::Tensor source;            // the column itself, or what it is gathered from; never changes
  at::Tensor rows;              // undefined: `source` is the column
  mutable at::Tensor gathered;  // set once, then `is_gathered`
  mutable std::atomic<bool> is_gathered{false};
  mutable std::mutex mutex;
};

Column::Column(at::Tensor data) : state_(std::make_unique<State>()) {
  state_->source = std::move(data);
}

Column::~Column() = default;

ColumnPtr Column::slice(const ColumnPtr& parent, const at::Tensor& rows) {
  const State& from = *parent->state_;
  if (!parent->is_lazy()) {
    auto column = std::make_shared<Column>(parent->data());
    column->state_->rows = rows;
    return column;
  }
  auto column = std::make_shared<Column>(from.source);
  column->state_->rows = from.rows.index_select(0, rows);
  return column;
}

const at::Tensor& Column::data() const {
  const State& state = *state_;
  if (!state.rows.defined()) {
    return state.source;
  }
  if (!state.is_gathered.load(std::memory_order_acquire)) {
    const std::lock_guard lock(state.mutex);
    if (!state.is_gathered.load(std::memory_order_relaxed)) {
      state.gathered = state.source.index_select(0, state.rows);
      state.is_gathered.store(true, std::memory_order_release);
    }
  }
  return state.gathered;
}

bool Column::is_lazy() const {
  return state_->rows.defined() && !state_->is_gathered.load(std::memory_order_acquire);
}

const at::Tensor& Column::peek() const { return is_lazy() ? state_->source : data(); }

ColumnPtr Column::to(at::Device device) const {
  // Rows are gathered where they are: moving the parent would move far more.
  return std::make_shared<Column>(data().to(device));
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

const at::Tensor& Frame::get(const std::string& name) const {
  const auto found = columns_.find(name);
  check(found != columns_.end(), "there is no {} feature \"{}\"; there are: [{}]", entity_, name,
        fmt::join(names(), ", "));
  return found->second->data();
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
  columns_[name] = std::make_shared<Column>(std::move(data));
}

void Frame::erase(const std::string& name) {
  check(columns_.erase(name) == 1, "there is no {} feature \"{}\" to remove; there are: [{}]",
        entity_, name, fmt::join(names(), ", "));
}

void Frame::add_slices(const Frame& parent, const at::Tensor& rows) {
  for (const auto& [name, column] : parent.columns_) {
    columns_[name] = Column::slice(column, rows);
  }
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
