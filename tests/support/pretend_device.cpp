#include "tests/support/pretend_device.h"

#include <ATen/Context.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace grapevine::testing_support::pretend_device {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;
constexpr auto kKey = c10::DispatchKey::PrivateUse1;
constexpr c10::StreamId kNumStreams = 8;

std::atomic<std::int64_t> deferred_copies = 0;
std::atomic<std::int64_t> recorded_tensors = 0;
std::atomic<std::int64_t> copies_until_failure = -1;

/// The device's memory: one range of addresses without access, and its pages once more for kernels.
class Memory {
 public:
  Memory() {
    const int file = ::memfd_create("pretend-device", MFD_CLOEXEC);
    if (file < 0 || ::ftruncate(file, kBytes) != 0) {
      throw std::runtime_error("pretend device: no memory");
    }
    device_ = map(file, PROT_NONE);
    host_ = map(file, PROT_READ | PROT_WRITE);
    ::close(file);
  }

  /// Memory full of rubbish.
  void* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto log = static_cast<std::size_t>(std::bit_width(std::max(bytes, kLeast) - 1));
    std::vector<std::size_t>& free = free_.at(log);
    std::size_t offset = end_;
    if (free.empty()) {
      end_ += std::size_t{1} << log;
    } else {
      offset = free.back();
      free.pop_back();
    }
    if (end_ > kBytes) {
      throw std::runtime_error("pretend device: out of memory");
    }
    logs_[offset] = log;
    std::memset(host_ + offset, kRubbish, bytes);
    return device_ + offset;
  }

  void release(void* address) {
    const std::lock_guard lock(mutex_);
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(address) - device_);
    free_.at(logs_.at(offset)).push_back(offset);
  }

  [[nodiscard]] void* for_kernels(const void* address) const {
    return host_ + (static_cast<const std::byte*>(address) - device_);
  }

 private:
  static constexpr std::size_t kBytes = std::size_t{1} << 32;
  static constexpr std::size_t kLeast = 64;
  static constexpr int kRubbish = 0xA5;

  static std::byte* map(int file, int protection) {
    void* const address = ::mmap(nullptr, kBytes, protection, MAP_SHARED | MAP_NORESERVE, file, 0);
    if (address == MAP_FAILED) {
      throw std::runtime_error("pretend device: no memory");
    }
    return static_cast<std::byte*>(address);
  }

  std::byte* device_;
  std::byte* host_;
  std::mutex mutex_;
  std::size_t end_ = 0;
  std::array<std::vector<std::size_t>, 48> free_;      // offsets, by the logarithm of their size
  std::unordered_map<std::size_t, std::size_t> logs_;  // by offset
};

// These live as long as the process: tensors may be freed after static objects.
Memory& memory() {
  static auto* const instance = new Memory;
  return *instance;
}

class DeviceAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const data = bytes == 0 ? nullptr : memory().allocate(bytes);
    return {data, data, &release, device()};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(memory().for_kernels(to), memory().for_kernels(from), bytes);
  }

 private:
  static void release(void* data) {
    if (data != nullptr) {
      memory().release(data);
    }
  }
};

DeviceAllocator device_allocator;

/// Ordinary memory that is known to be page-locked.
class PinnedAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    c10::DataPtr data = c10::GetCPUAllocator()->allocate(bytes);
    void* const address = data.get();
    const std::lock_guard lock(mutex_);
    sizes_[address] = bytes;
    auto* const owner = new Owner{*this, std::move(data)};
    return {address, owner, &Owner::release, c10::Device(c10::kCPU)};
  }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
  bool contains(const void* address) {
    const std::lock_guard lock(mutex_);
    const auto next = sizes_.upper_bound(address);
    if (next == sizes_.begin()) {
      return false;
    }
    const auto& [start, size] = *std::prev(next);
    return static_cast<const std::byte*>(address) < static_cast<const std::byte*>(start) + size;
  }

 private:
  struct Owner {
    PinnedAllocator& allocator;
    c10::DataPtr data;
    static void release(void* owner) {
      auto* const self = static_cast<Owner*>(owner);
      {
        const std::lock_guard lock(self->allocator.mutex_);
        self->allocator.sizes_.erase(self->data.get());
      }
      delete self;
    }
  };
  std::mutex mutex_;
  std::map<const void*, std::size_t> sizes_;
};

PinnedAllocator& pinned_allocator() {
  static auto* const instance = new PinnedAllocator;
  return *instance;
}

/// Work that was put off, by stream, in order.
class Streams {
 public:
  /// Returns the number of tasks that the stream has got so far.
  std::int64_t defer(c10::StreamId stream, std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[stream];
    queue.tasks.push_back(std::move(task));
    return queue.num_done + static_cast<std::int64_t>(queue.tasks.size());
  }
  std::int64_t num_deferred(c10::StreamId stream) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[stream];
    return queue.num_done + static_cast<std::int64_t>(queue.tasks.size());
  }
  std::int64_t num_done(c10::StreamId stream) {
    const std::lock_guard lock(mutex_);
    return queues_[stream].num_done;
  }
  /// Does the stream's first `count` tasks, if they are not done.
  void run(c10::StreamId stream, std::int64_t count) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[stream];
    for (; queue.num_done < count && !queue.tasks.empty(); ++queue.num_done) {
      queue.tasks.front()();
      queue.tasks.pop_front();
    }
  }

 private:
  struct Queue {
    std::deque<std::function<void()>> tasks;
    std::int64_t num_done = 0;
  };
  std::mutex mutex_;
  std::map<c10::StreamId, Queue> queues_;
};

Streams& streams() {
  static auto* const instance = new Streams;
  return *instance;
}

thread_local c10::StreamId current_stream = 0;

c10::Stream stream_of(c10::StreamId id) { return c10::Stream(c10::Stream::UNSAFE, device(), id); }

void finish(c10::StreamId stream) { streams().run(stream, streams().num_deferred(stream)); }

struct Event {
  c10::StreamId stream;
  std::int64_t count;
};

struct GuardImpl final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device) const override { return device(); }
  c10::Device getDevice() const override { return device(); }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }

  c10::Stream getStream(c10::Device) const noexcept override { return stream_of(current_stream); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream_of(0); }
  c10::Stream getStreamFromGlobalPool(c10::Device, bool) const override {
    static std::atomic<c10::StreamId> next = 0;
    return stream_of(1 + next++ % kNumStreams);
  }
  c10::Stream exchangeStream(c10::Stream stream) const noexcept override {
    return stream_of(std::exchange(current_stream, stream.id()));
  }
  bool queryStream(const c10::Stream& stream) const override {
    return streams().num_done(stream.id()) == streams().num_deferred(stream.id());
  }
  void synchronizeStream(const c10::Stream& stream) const override { finish(stream.id()); }

  void record(void** event, const c10::Stream& stream, c10::DeviceIndex,
              c10::EventFlag) const override {
    if (*event == nullptr) {
      *event = new Event;
    }
    *static_cast<Event*>(*event) = {stream.id(), streams().num_deferred(stream.id())};
  }
  void block(void* event, const c10::Stream&) const override { synchronizeEvent(event); }
  void synchronizeEvent(void* event) const override {
    const auto& [stream, count] = *static_cast<Event*>(event);
    streams().run(stream, count);
  }
  bool queryEvent(void* event) const override {
    const auto& [stream, count] = *static_cast<Event*>(event);
    return streams().num_done(stream) >= count;
  }
  void destroyEvent(void* event, c10::DeviceIndex) const noexcept override {
    delete static_cast<Event*>(event);
  }
  void recordDataPtrOnStream(const c10::DataPtr&, const c10::Stream&) const override {
    ++recorded_tensors;
  }
};

struct Hooks final : at::PrivateUse1HooksInterface {
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  bool isPinnedPtr(const void* data) const override { return pinned_allocator().contains(data); }
  c10::Allocator* getPinnedMemoryAllocator() const override { return &pinned_allocator(); }
};

/// The tensor itself on the CPU, or what the device's kernels see of it.
at::Tensor for_kernels(const at::Tensor& tensor) {
  if (tensor.is_cpu() || tensor.numel() == 0) {
    return tensor;
  }
  return at::from_blob(memory().for_kernels(tensor.const_data_ptr()), tensor.sizes(),
                       tensor.strides(), tensor.options().device(at::kCPU).requires_grad(false));
}

at::Tensor copy_from(const at::Tensor& self, const at::Tensor& to, bool non_blocking) {
  if (to.device() == device() && copies_until_failure >= 0 && copies_until_failure-- == 0) {
    throw std::runtime_error("pretend device: copy failed");
  }
  if (self.numel() == 0) {
    return to;
  }
  const auto copy = [self, to] {
    const c10::impl::ExcludeDispatchKeyGuard below(c10::autograd_dispatch_keyset);
    for_kernels(to).copy_(for_kernels(self));
  };
  if (non_blocking && current_stream != 0 && self.is_cpu() && self.is_pinned()) {
    streams().defer(current_stream, copy);
    ++deferred_copies;
  } else {
    finish(current_stream);
    copy();
  }
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& self, const at::Tensor& to) {
  to.resize_(self.sizes());
  return copy_from(self, to, /*non_blocking=*/false);
}

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype,
                 std::optional<at::Layout> /*layout*/, std::optional<at::Device> /*device*/,
                 std::optional<bool> /*pin_memory*/, std::optional<at::MemoryFormat> format) {
  return at::Tensor(at::detail::empty_generic(size, &device_allocator, c10::DispatchKeySet(kKey),
                                              c10::dtype_or_default(dtype), format));
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
                         std::optional<at::ScalarType> dtype, std::optional<at::Layout> /*layout*/,
                         std::optional<at::Device> /*device*/, std::optional<bool> /*pin_memory*/) {
  return at::Tensor(at::detail::empty_strided_generic(
      size, stride, &device_allocator, c10::DispatchKeySet(kKey), c10::dtype_or_default(dtype)));
}

const at::Tensor& resize(const at::Tensor& self, at::IntArrayRef size,
                         std::optional<at::MemoryFormat> /*format*/) {
  c10::TensorImpl* const tensor = self.unsafeGetTensorImpl();
  if (self.sizes() == size) {
    return self;
  }
  tensor->set_sizes_contiguous(size);
  const auto bytes =
      static_cast<std::size_t>(self.numel() + self.storage_offset()) * self.element_size();
  c10::StorageImpl* const storage = self.storage().unsafeGetStorageImpl();
  if (bytes > storage->nbytes()) {
    c10::DataPtr data = device_allocator.allocate(bytes);
    if (storage->nbytes() > 0) {
      device_allocator.copy_data(data.get(), storage->data(), storage->nbytes());
    }
    storage->set_data_ptr_noswap(std::move(data));
    storage->set_nbytes(bytes);
  }
  return self;
}

void record_stream(at::Tensor& /*self*/, c10::Stream /*stream*/) { ++recorded_tensors; }

/// `Module::to` lets a parameter on the CPU become one on the device.
bool may_become(const at::Tensor& /*self*/, const at::Tensor& /*from*/) { return true; }

void fall_back(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

/// Before any test runs: autograd counts devices at the first backward pass.
[[maybe_unused]] const bool is_registered = [] {
  c10::SetAllocator(kType, &device_allocator);
  static const GuardImpl guard;
  static const c10::impl::DeviceGuardImplRegistrar registrar(kType, &guard);
  static Hooks hooks;
  at::RegisterPrivateUse1HooksInterface(&hooks);
  // Page-locked memory belongs to the accelerator, of which a process has one.
  if (!at::hasCUDA()) {
    c10::register_privateuse1_backend("pretend");
  }
  return true;
}();

}  // namespace

at::Device device() { return {kType, 0}; }

std::int64_t num_deferred_copies() { return deferred_copies; }
std::int64_t num_recorded_tensors() { return recorded_tensors; }
bool has_pinned_memory() { return at::getAccelerator() == kType; }

FailingCopy::FailingCopy(std::int64_t number) { copies_until_failure = number; }
FailingCopy::~FailingCopy() { copies_until_failure = -1; }

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&fall_back>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", empty);
  library.impl("empty_strided", empty_strided);
  library.impl("resize_", resize);
  library.impl("as_strided", at::native::as_strided_tensorimpl);
  library.impl("view", at::native::view);
  library.impl("_reshape_alias", at::native::_reshape_alias);
  library.impl("unfold", at::native::unfold);
  library.impl("_copy_from", copy_from);
  library.impl("_copy_from_and_resize", copy_from_and_resize);
  library.impl("record_stream", record_stream);
  library.impl("_has_compatible_shallow_copy_type", may_become);
}

}  // namespace grapevine::testing_support::pretend_device
