"""Networks: shapes, modes, sizes, and generators that leave Python."""

import inspect

import pytest
import torch

from ganlib import models

SHAPE = (3, 8, 6)


@pytest.fixture
def pair():
    torch.manual_seed(0)
    return models.mlp_pair(SHAPE, z_dim=5, hidden_G=(16, 32), hidden_D=(24,), dropout_D=0.5, batch_norm_G=True)


def test_shapes_and_ranges_of_the_pair(pair):
    G, D = pair
    x = G(torch.randn(7, 5) * 10)
    assert x.shape == (7, *SHAPE) and x.abs().max() <= 1
    assert G.z_dim == 5 and G.image_shape == SHAPE
    assert D(x).shape == (7,)
    assert D(x[:1]).shape == (1,)  # one image is a batch of one logit, not a scalar


def test_the_discriminator_returns_logits_not_probabilities(pair):
    D = pair[1].eval()
    with torch.no_grad():
        D.layers[-1].weight.mul_(100)
        logits = D(torch.randn(50, *SHAPE))
    assert logits.min() < -1 and logits.max() > 1


def test_parameters_are_counted():
    G, D = models.mlp_pair((1, 28, 28), z_dim=256, hidden_G=(256, 256, 512, 1024), hidden_D=(512, 256))
    sizes_G, sizes_D = (256, 256, 256, 512, 1024, 784), (784, 512, 256, 1)
    for network, sizes in ((G, sizes_G), (D, sizes_D)):
        expected = sum(a * b + b for a, b in zip(sizes, sizes[1:]))
        assert models.count_parameters(network) == expected
    D.layers[1].requires_grad_(False)
    assert models.count_parameters(D) == 512 * 256 + 256 + 256 + 1


def test_options_put_layers_where_they_belong(pair):
    G, D = pair
    names = [type(layer).__name__ for layer in G.mlp.layers]
    assert names == ["Flatten", *["Linear", "BatchNorm1d", "LeakyReLU"] * 2, "Linear"]
    names = [type(layer).__name__ for layer in D.layers]
    assert names == ["Flatten", "Linear", "LeakyReLU", "Dropout", "Linear"]
    assert D.layers[3].p == 0.5 and D.layers[2].negative_slope == 0.2


def test_an_mlp_without_two_sizes_is_refused():
    with pytest.raises(ValueError, match="input and an output"):
        models.MLP([3])


def test_a_linear_mlp_computes_what_it_should():
    network = models.MLP([4, 2])
    x = torch.randn(3, 1, 2, 2)
    last = network.layers[-1]
    assert torch.equal(network(x), torch.nn.functional.linear(x.flatten(1), last.weight, last.bias))


def test_generate_samples_in_eval_mode_and_gives_the_mode_back(pair):
    G = pair[0]
    z = torch.randn(9, 5)
    for mode in (True, False):
        G.train(mode)
        before = {name: tensor.clone() for name, tensor in G.state_dict().items()}
        images = models.generate(G, z, chunk=4)
        assert G.training is mode and not images.requires_grad
        assert all(torch.equal(tensor, before[name]) for name, tensor in G.state_dict().items())
        # in training mode an image would depend on the others in its batch
        assert torch.allclose(images[:1], models.generate(G, z[:1]), atol=1e-6)
    with torch.no_grad():
        assert torch.allclose(images, G.eval()(z), atol=1e-6)  # chunks change nothing


def test_generate_gives_the_mode_back_after_an_error(pair):
    G = pair[0].train()
    with pytest.raises(RuntimeError):
        models.generate(G, torch.randn(2, 99))
    assert G.training


def test_generate_silences_no_units():
    G = models.MLPGenerator(4, (64,), (1, 2, 2), dropout=0.9).train()
    z = torch.randn(3, 4)
    assert torch.equal(models.generate(G, z), models.generate(G, z))
    assert not torch.equal(G(z), G(z))


def test_the_convnet_gives_features_and_logits_at_any_size():
    network = models.ConvNet(channels=1, classes=10, width=4, width_features=6).eval()
    for side in (28, 32):
        x = torch.randn(3, 1, side, side)
        assert network.features(x).shape == (3, 6)
        assert torch.equal(network(x), network.head(network.features(x)))
    assert network(x).shape == (3, 10)


def test_a_generator_can_be_exported_for_any_number_of_images(pair):
    G = pair[0].eval()
    batch = torch.export.Dim("batch", min=2, max=512)
    program = torch.export.export(G, (torch.randn(4, 5),), dynamic_shapes=({0: batch},))
    z = torch.randn(11, 5)
    assert torch.allclose(program.module()(z), G(z), atol=1e-6)


@pytest.mark.slow  # its packages are for this test alone, and take long to import
@pytest.mark.filterwarnings("ignore")
def test_a_generator_computes_the_same_in_onnx(pair, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime", reason="Colab's versions come without onnx")
    G = pair[0].eval()
    z = torch.randn(4, 5)
    torch.onnx.export(G, (z,), tmp_path / "G.onnx", dynamo=True)
    session = onnxruntime.InferenceSession(tmp_path / "G.onnx", providers=["CPUExecutionProvider"])
    (images,) = session.run(None, {session.get_inputs()[0].name: z.numpy()})
    assert torch.allclose(torch.from_numpy(images), G(z), atol=1e-5)


def test_classes_are_named_by_architecture_and_documented():
    for name in models.__all__:
        thing = getattr(models, name)
        assert inspect.getdoc(thing), name
        assert name not in ("Generator", "Discriminator", "Encoder", "Decoder", "Critic"), "that is a role"
