"""Where the packages lie; all metadata is in pyproject.toml."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["distann", "distann.*"]), "distann.codegen", "distann.csrc"],
    package_dir={"distann": "distann", "distann.codegen": "codegen", "distann.csrc": "csrc"},
    package_data={
        "distann": ["py.typed"],
        "distann.csrc": ["include/distann/*.h", "include/distann/*.hpp", "engine/*.hpp", "engine/*.cpp"],
    },
)
