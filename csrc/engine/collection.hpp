// Objects that stay where they were made: far less to compile than a std::vector of them, which could move them.
#pragma once

#include "memory.hpp"

#include <utility>

namespace distann::engine {

template <class T> class Collection {
public:
    Collection() = default;
    Collection(Collection &&) = default;
    ~Collection() {
        for (T *const object : objects_) delete object;
    }

    template <class... Arguments> T &add(Arguments &&...arguments) {
        objects_.reserve(objects_.size() + 1);
        objects_.append(new T(std::forward<Arguments>(arguments)...));
        return *objects_.end()[-1];
    }

    size_t size() const { return objects_.size(); }
    bool empty() const { return objects_.empty(); }
    T &operator[](size_t i) { return *objects_[i]; }
    const T &operator[](size_t i) const { return *objects_[i]; }

    template <class Object> struct Iterator {
        T *const *at;
        Object &operator*() const { return **at; }
        Iterator &operator++() {
            ++at;
            return *this;
        }
        bool operator!=(const Iterator &other) const { return at != other.at; }
    };
    Iterator<T> begin() { return {objects_.begin()}; }
    Iterator<T> end() { return {objects_.end()}; }
    Iterator<const T> begin() const { return {objects_.begin()}; }
    Iterator<const T> end() const { return {objects_.end()}; }

private:
    Array<T *> objects_;
};

}  // namespace distann::engine
