// A kernel's fields by number, with their type: the engine hands them over as an array of plain pointers.
#pragma once

#include <distann/abi.h>

namespace distann {

template <class word, class View> inline word *field(const View &view, int number) {
    return static_cast<word *>(view.fields[number]);
}

}  // namespace distann
