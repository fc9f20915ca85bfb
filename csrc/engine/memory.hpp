// Memory of the engine: arrays on 64-byte boundaries that can grow and are not touched before they are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include <sys/mman.h>

namespace distann::engine {

inline constexpr size_t alignment = 64;  // a cache line, and the widest vector

inline size_t rounded_up_size(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }
inline int64_t rounded_up(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

// Large blocks lie on pages of 2 MB where the system has them: random access into them misses the page table less.
inline void *allocate(size_t bytes) {
    constexpr size_t page = size_t(1) << 21;
    void *memory = std::aligned_alloc(bytes < 2 * page ? alignment : page, rounded_up_size(bytes, bytes < 2 * page ? alignment : page));
    if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    if (bytes >= 2 * page) madvise(memory, bytes / page * page, MADV_HUGEPAGE);
#endif
    return memory;
}
inline void release(void *memory) { std::free(memory); }

// Unlike std::vector it leaves new elements uninitialised: the thread that owns them writes them first, so that
// their pages lie near that thread, and nothing is written twice.
template <class T> class Array {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Array() = default;
    explicit Array(size_t n) { resize(n); }
    Array(Array &&other) noexcept { swap(other); }
    Array &operator=(Array &&other) noexcept {
        Array moved(std::move(other));
        swap(moved);
        return *this;
    }
    ~Array() { release(data_); }

    static Array zeros(size_t n) {
        Array array(n);
        if (n > 0) std::memset(array.data_, 0, n * sizeof(T));
        return array;
    }

    T *data() { return data_; }
    const T *data() const { return data_; }
    T *begin() { return data_; }
    T *end() { return data_ + size_; }
    const T *begin() const { return data_; }
    const T *end() const { return data_ + size_; }
    T &operator[](size_t i) { return data_[i]; }
    const T &operator[](size_t i) const { return data_[i]; }
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    size_t bytes() const { return capacity_ * sizeof(T); }

    // Room for n elements in all. Grows by half at least, so that appending stays linear.
    void reserve(size_t n) {
        if (n <= capacity_) return;
        relocate(size_ == 0 ? n : n > capacity_ + capacity_ / 2 ? n : capacity_ + capacity_ / 2);
    }
    void resize(size_t n) {
        reserve(n);
        size_ = n;
    }
    void append(const T &value) {
        const T copy = value;
        reserve(size_ + 1);
        data_[size_++] = copy;
    }
    void append(const T *values, size_t n) {
        reserve(size_ + n);
        if (n > 0) std::memcpy(data_ + size_, values, n * sizeof(T));
        size_ += n;
    }
    void clear() { size_ = 0; }

private:
    void swap(Array &other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    void relocate(size_t capacity) {
        if (capacity > PTRDIFF_MAX / sizeof(T)) throw std::bad_alloc();
        T *moved = static_cast<T *>(allocate(capacity * sizeof(T)));
        if (size_ > 0) std::memcpy(moved, data_, size_ * sizeof(T));
        release(data_);
        data_ = moved;
        capacity_ = capacity;
    }

    T *data_ = nullptr;
    size_t size_ = 0, capacity_ = 0;
};

}  // namespace distann::engine
