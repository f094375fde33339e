"""How this package is installed, where its source is, and whether the public index has it: in one place.

The index has a package of this name that is another project's. On the day the name is ours, set
`ON_PUBLIC_INDEX` to True and run `scripts/write_install_text`: documents, error texts and the release follow.
Where the repository moves, its address changes here and nowhere else; the same script writes it elsewhere.
"""

ON_PUBLIC_INDEX = False
# Titan's SDK page names it.
REPOSITORY = "https://github.com/titan-api/sdks"
FOLDER = "python"
TITAN_DOCUMENTATION = "https://docs.usetitan.app/"


def file_address(path: str, *, view: str = "blob") -> str:
    """Give the address at which the repository shows a file of this package.

    Args:
        path: Its path from the folder of the package.
        view: How it is shown: `blob`, `raw` for the bytes alone, `tree` for a folder.

    Returns:
        The address.
    """
    return f"{REPOSITORY}/{view}/main/{FOLDER}/{path}"


def install_hint(extra: str) -> str:
    """Say how to install the SDK with one of its extras.

    Args:
        extra: Name of the extra, such as `sandbox`.

    Returns:
        What comes after "titan.sandbox needs uvicorn: ".
    """
    if ON_PUBLIC_INDEX:
        return f'pip install "titan-sdk[{extra}]"'
    return (
        f'run python -m pip install ".[{extra}]" in a clone of its repository, or with the path of a wheel '
        'instead of the dot. Do not run "pip install titan-sdk": that is somebody else\'s package today.'
    )
