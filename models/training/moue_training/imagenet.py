"""Makes `features.npz`, the ImageNet weights that an expression network starts from, out of the file that Keras publishes.

    pip install keras
    python -m moue_training.imagenet mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5 --out DATA/features.npz

The file is Keras Applications' MobileNetV2 (Apache-2.0), width 1.0, 96 px, without its top; `keras.applications.MobileNetV2(input_shape=(96, 96, 3), include_top=False)` fetches it into `~/.keras/models`. It wants RGB in -1..1
and pads as TensorFlow's SAME does, which `expression.load_imagenet` relies on: weights of another make fit in shape, but were trained with other input.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

CONVOLUTIONS = 52


def keras_model(weights: Path | None):
    """Keras's network with the weights of that file, or random ones."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    return keras.applications.MobileNetV2(input_shape=(96, 96, 3), alpha=1.0, include_top=False, weights=None if weights is None else str(weights))


def folded(model) -> dict[str, np.ndarray]:
    """`convNN.weight` f32 [out, in, 3 or 1, 3 or 1] (in is 1 for depthwise ones) and `convNN.bias` f32 [out] in the network's order, batch norm folded in."""
    arrays, kernel = {}, None
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2D":
            kernel = np.asarray(layer.get_weights()[0]).transpose(3, 2, 0, 1)
        elif kind == "DepthwiseConv2D":
            kernel = np.asarray(layer.get_weights()[0]).transpose(2, 3, 0, 1)
        elif kind == "BatchNormalization":
            gain, offset, mean, variance = layer.get_weights()
            gain = gain / np.sqrt(variance + layer.epsilon)
            name = f"conv{len(arrays) // 2:02}"
            arrays[f"{name}.weight"] = (kernel * gain[:, None, None, None]).astype(np.float32)
            arrays[f"{name}.bias"] = (offset - mean * gain).astype(np.float32)
    if len(arrays) != 2 * CONVOLUTIONS:
        raise SystemExit(f"{len(arrays) // 2} convolutions, expected {CONVOLUTIONS}: this Keras builds MobileNetV2 in another way")
    return arrays


def main() -> None:
    parser = argparse.ArgumentParser(prog="moue_training.imagenet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="Keras's file of weights")
    parser.add_argument("--out", type=Path, required=True, help="features.npz in the folder of the data")
    args = parser.parse_args()
    if not args.weights.is_file():
        raise SystemExit(f"{args.weights}: no such file")
    try:
        model = keras_model(args.weights)
    except ImportError as error:
        raise SystemExit(f"{error}; `pip install keras` provides it") from error
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"{args.weights}: not MobileNetV2's weights of width 1.0 without the top ({error})") from error
    args.out.parent.mkdir(parents=True, exist_ok=True)
    part = args.out.with_suffix(".part.npz")
    np.savez(part, **folded(model))
    part.replace(args.out)


if __name__ == "__main__":
    main()
