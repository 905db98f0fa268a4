"""Writes test/golden/hdf5/*.h5: small files in the forms that h5py and older tools give HDF5, and contents.json with what is in them."""
import json
import os

import h5py
import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "hdf5")
os.makedirs(FOLDER, exist_ok=True)
rng = np.random.default_rng(7)
contents = {}


def values(array):
    if array.dtype.kind in "OSU":
        return [each.decode() if isinstance(each, bytes) else str(each) for each in np.ravel(array)]
    if array.dtype.kind == "b":
        array = array.astype("int8")
    return [int(each) if float(each).is_integer() and not np.signbit(each) else float(np.float32(each)) for each in np.ravel(array.astype("float64"))]


def walk(group, found):
    for name in group:
        item = group[name]
        if isinstance(item, h5py.Dataset):
            found[item.name] = {"shape": list(item.shape), "values": values(np.asarray(item[()]))}
        else:
            walk(item, found)


def attributes(group):
    return {key: values(np.asarray(value)) for key, value in group.attrs.items()}


def write(name, fill, **how):
    path = os.path.join(FOLDER, name + ".h5")
    with h5py.File(path, "w", **how) as file:
        fill(file)
    with h5py.File(path, "r") as file:
        found = {}
        walk(file, found)
        contents[name] = {"datasets": found, "attributes": attributes(file)}


def types(file):
    x = rng.normal(size=(3, 5))
    for dtype in ["f2", "f4", "f8", ">f4", ">f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", ">i4", ">i8"]:
        file["numbers/" + dtype.replace(">", "big_")] = (x * 20).astype(dtype) if dtype[-2] != "u" else abs(x * 20).astype(dtype)
    file["bool"] = x > 0
    file["scalar"] = np.float32(2.5)
    file["empty"] = np.zeros((0, 4), "f4")
    file["half_edges"] = np.array([0, -0.0, 6e-8, 65504, 1], "f2")
    file["texts"] = np.array(["eins", "zwei", "größer"], dtype=h5py.string_dtype())
    file["fixed"] = np.array([b"ab", b"", b"abcdef"], "S6")
    file.attrs["text"] = "a text with ünicode"
    file.attrs["fixed"] = np.bytes_(b"fixed text")
    file.attrs["list"] = ["one", "two", "three"]
    file.attrs["fixed_list"] = np.array([b"one", b"three"])
    file.attrs["empty_list"] = np.zeros((0,), "f8")
    file.attrs["number"] = 7


def chunks(file):
    x = np.round(rng.normal(size=(13, 11)) * 8).astype("f4")
    file.create_dataset("plain", data=x, chunks=(4, 5))
    file.create_dataset("gzip", data=x, chunks=(4, 5), compression="gzip")
    file.create_dataset("shuffle", data=x, chunks=(5, 4), compression="gzip", shuffle=True)
    file.create_dataset("checked", data=x, chunks=(5, 4), fletcher32=True)
    file.create_dataset("all", data=x, chunks=(5, 4), fletcher32=True, compression="gzip", shuffle=True)
    file.create_dataset("one", data=x, chunks=(13, 11), compression="gzip")
    file.create_dataset("odd", data=np.arange(37, dtype="i2"), chunks=(8,), shuffle=True, fletcher32=True)
    file.create_dataset("many", data=np.arange(900, dtype="f4"), chunks=(2,) if file.libver[0] == "earliest" else (8,), compression=None)
    file.create_dataset("cube", data=rng.integers(0, 9, (5, 6, 7)).astype("f8"), chunks=(2, 4, 3), compression="gzip")


def many(file):
    for i in range(120):
        file[f"group/{'member' if i % 3 else 'a much longer name of a member'}_{i}"] = np.float32(i)
    for i in range(30):
        file.attrs[f"attribute_{i}"] = f"value {i}" * (i + 1)


def deep(file):
    file["layers/dense/vars/0"] = rng.normal(size=(4, 3)).astype("f4")
    file["layers/dense/vars/1"] = np.zeros(3, "f4")
    file["layers/dense"].attrs["name"] = "dense"
    file["layers/dense_1/vars/0"] = rng.normal(size=(3, 2)).astype("f4")


for version, libver in [("old", "earliest"), ("new", "latest")]:
    for fill in [types, chunks, many, deep]:
        write(f"{fill.__name__}_{version}", fill, libver=libver)
write("block_old", deep, libver="earliest", userblock_size=1024)
write("tracked_old", many, libver="earliest", track_order=True)

with open(os.path.join(FOLDER, "contents.json"), "w") as out:
    json.dump(contents, out, separators=(",", ":"))
