"""A call of every public function that takes tensors, by name, with small inputs.

Each takes `on`, which moves tensors, networks and data sets to a device, and returns what came out.
"""

import copy

import torch

from ganlib import autoregressive, latent, likelihood, losses, metrics, models, pictures, train
from ganlib.autoregressive.heads import Bernoulli, Categorical, DiscretisedGaussian, DiscretisedLogistic
from ganlib.data import Dataset, augmented, detail_scenes, grouped, sketch_faces
from ganlib.data.mixtures import GaussianMixture, grid, ring
from ganlib.latent import inversion, ways
from ganlib.likelihood import elbo
from ganlib.likelihood.linear import LinearTask
from ganlib.likelihood.mixture import fit_mixture
from ganlib.likelihood.ppca import PPCA
from ganlib.likelihood.units import bits_per_dimension
from ganlib.metrics import attributes, details, memorisation, sharpness
from ganlib.metrics import modes as mode_metrics
from ganlib.recipes import collapse, conditional, dcgan, gan, pix2pix, readers, super_resolution
from ganlib.recipes.collapse import CURES
from ganlib.train.bigan import BiGANTraining
from ganlib.train.film import Film


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def network(make):
    """Return a network with the same weights each time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return make().eval()


def pictures_of(n=60, *, side=8, labels=4):
    return Dataset("noise", numbers(n, 1, side, side).tanh(), torch.arange(n) % labels, tuple("abcdefghij"[:labels]))


X, Y = numbers(60, 6), numbers(60, 6, seed=1)
IMAGES, OTHERS = numbers(40, 1, 8, 8).tanh(), numbers(50, 1, 8, 8, seed=1).tanh()
LARGE, MORE = numbers(40, 1, 16, 16).tanh(), numbers(50, 1, 16, 16, seed=1).tanh()
HAS = X > 0.1
LOGITS, LESS = numbers(9), numbers(9, seed=1)
G = network(lambda: models.MLPGenerator(6, [8], (1, 8, 8)))
D = network(lambda: models.MLP([64, 8, 1]))
DCGAN = network(lambda: models.DCGANGenerator(z_dim=6, channels=(8,), image_shape=(1, 8, 8)))
JUDGE = network(lambda: models.ConvNet(1, 4, width=2, width_features=8))
READER = network(lambda: models.ConvNet(1, len(attributes.NAMES), width=2, width_features=8))
ROWS = {
    "PixelRNN": network(lambda: models.PixelRNN(hidden=6)),
    "PixelCNN": network(lambda: models.PixelCNN(width=4, layers=1)),
    "GatedPixelCNN": network(lambda: models.GatedPixelCNN(width=4, layers=1)),
}
MIXTURE = ring(4)
FACES = {"size": 16, "limit": 24}


def own(on, what):
    """Move a copy of a network: the CPU's stays as it is."""
    return on(copy.deepcopy(what))


def losses_of(training, steps=3):
    return [[float(step.loss_D), float(step.loss_G)] for step in training.run(steps)]


def classes_of(on):
    return metrics.classify(own(on, JUDGE), on(LARGE))[1]


def faces(on, load=sketch_faces.load_sketch_faces, **options):
    return on(load("train", **{**FACES, **options}))


def scenes(on):
    return on(detail_scenes.load_detail_scenes("train", limit=12))


def filmed(on):
    film = Film(on(X), every=1)
    training = train.Training(own(on, G), own(on, D), on(pictures_of()), batch_size=4)
    for step in training.run(2):
        film.record(step, training.best_G)
    return torch.from_numpy(film.images).float() / 255


def drawn(on, name, head=Bernoulli, **options):
    u = torch.rand(2, 4, 4, generator=torch.Generator().manual_seed(0))
    return autoregressive.sample(own(on, ROWS[name]), on(u), head, **options).log_probs


def fitted(on, **options):
    steps = autoregressive.fit(own(on, ROWS["PixelCNN"]), on(IMAGES.sign()), 2, batch_size=4, **options)
    return [float(step.nll) for step in steps]


def with_head(on, head):
    outputs, x = numbers(3, head.outputs, 4, 4), head.quantise(IMAGES[:3, :, :4, :4])
    return head.log_prob(on(outputs), on(x)), head.draw(on(outputs[:, :, 0, 0]), on(torch.tensor([0.1, 0.5, 0.9])))


def ensemble(on, cure):
    G, D = collapse.ensemble_pair(cure, 2, hidden=8)
    G, D = on(G), on(D)
    data = GaussianMixture(on(MIXTURE.means), MIXTURE.sigma)
    steps = collapse.train_cured(cure, G, D, data, 2, batch_size=12)
    return [float(step.loss_D) for step in steps]


def bigan(on):
    pair = network(lambda: torch.nn.ModuleList(models.bigan_pair((1, 8, 8), z_dim=3, hidden=(8, 8))))
    return losses_of(BiGANTraining(*on(pair), on(pictures_of()), batch_size=4))


def elbo_of(on, make=lambda: models.ConvVAE((1, 8, 8), 3, width=2), **options):
    training = train.ELBOTraining(on(network(make)), on(pictures_of()), batch_size=4, clip=1.0, **options)
    return [[float(step.loss), step.elbo] for step in training.run(2)]


def weights_of_vae(on):
    vae = on(network(lambda: models.MLPVAE((1, 8, 8), 3, (8,))))
    stream = torch.Generator(on(X).device).manual_seed(0)
    return vae.log_weights(on(IMAGES[:3]), 5, stream), vae.terms(on(IMAGES), stream), vae.sigma


def one_update(on):
    pair, optimise = (own(on, G), own(on, D)), lambda net: torch.optim.Adam(net.parameters(), fused=True)
    loss_D = train.update_D(*pair, optimise(pair[1]), on(IMAGES[:9]), on(X[:9]), losses.hinge, clip=1.0)
    return loss_D, train.update_G(*pair, optimise(pair[0]), on(X[:9]), losses.hinge, clip=1.0)


def run_of(recipe, **options):
    return lambda on: losses_of(recipe(on(pictures_of(labels=10)), steps=3, batch_size=8, **options), 2)


CALLS = {
    "metrics.classify": classes_of,
    "metrics.frechet_distance": lambda on: metrics.frechet_distance(on(X), on(Y)),
    "metrics.precision_recall": lambda on: metrics.precision_recall(on(X), on(Y)),
    "metrics.class_shares": lambda on: metrics.class_shares(classes_of(on)),
    "metrics.classes_covered": lambda on: metrics.classes_covered(classes_of(on)),
    "metrics.class_entropy": lambda on: metrics.class_entropy(classes_of(on)),
    "metrics.mean_confidence": lambda on: metrics.mean_confidence(classes_of(on)),
    "metrics.confusion": lambda on: metrics.confusion(own(on, JUDGE), on(LARGE), on(torch.arange(40) % 4)),
    "metrics.psnr": lambda on: metrics.psnr(on(IMAGES), on(OTHERS[:40])),
    "metrics.nearest_neighbours": lambda on: metrics.nearest_neighbours(on(IMAGES), on(OTHERS)),
    "metrics.evaluate": lambda on: vars(metrics.evaluate(own(on, JUDGE), on(LARGE), on(MORE))),
    "mode_metrics.nearest_mode": lambda on: mode_metrics.nearest_mode(on(X[:, :2]), MIXTURE),
    "mode_metrics.covered": lambda on: mode_metrics.covered(on(torch.tensor([0, 0, 2])), 3, 9, 0.5),
    "mode_metrics.coverage": lambda on: vars(mode_metrics.coverage(on(X[:, :2]), grid())),
    "memorisation.copying": lambda on: vars(memorisation.copying(on(IMAGES), on(OTHERS), on(OTHERS + 0.1))),
    "latent.step_lengths": lambda on: latent.step_lengths(on(X)),
    "latent.even_places": lambda on: latent.even_places(on(torch.linspace(0, 1, 9)), on(X[:8, 0].abs()), 5),
    "latent.path_length": lambda on: latent.path_length(own(on, G), lambda x: x.flatten(1), pairs=5),
    "latent.mean_differences": lambda on: latent.mean_differences(on(X), on(HAS)),
    "latent.boundary_normals": lambda on: latent.boundary_normals(on(X), on(HAS)),
    "latent.apart": lambda on: latent.apart(on(X[:3])),
    "latent.first_layer": lambda on: latent.first_layer(own(on, G)).weight,
    "latent.closed_form_directions": lambda on: latent.closed_form_directions(own(on, G), 2),
    "latent.activation_directions": lambda on: latent.activation_directions(own(on, DCGAN), 2, samples=90),
    "latent.effects": lambda on: latent.effects(own(on, G), lambda x: x.mean((2, 3)), on(X), on(Y[:3])),
    "ways.lerp": lambda on: ways.lerp(on(X[0]), on(Y[0]), on(torch.linspace(0, 1, 5))),
    "ways.slerp": lambda on: ways.slerp(on(X[0]), on(Y[0]), on(torch.linspace(0, 1, 5))),
    "ways.slerp, opposite": lambda on: ways.slerp(on(X[0]), on(-X[0]), on(torch.linspace(0, 1, 5))),
    "ways.slerp, one number": lambda on: ways.slerp(on(X[0, :1]), on(Y[0, :1]), on(torch.linspace(0, 1, 5))),
    "ways.perpendicular": lambda on: ways.perpendicular(on(X[0] / X[0].norm())),
    "ways.along": lambda on: ways.along(on(X[:4]), on(torch.linspace(0, 1, 9)), spherical=True, closed=True),
    "ways.along, straight": lambda on: ways.along(on(X[:4]), on(torch.ones(3) / 2), spherical=False, closed=False),
    "inversion.invert": lambda on: inversion.invert(own(on, G), on(IMAGES[:2]), restarts=2, steps=3).best_of(2),
    "inversion.invert, start": lambda on: inversion.invert(own(on, G), on(IMAGES[:2]), steps=3, start=on(X[:2])).z,
    "inversion.pixel_error": lambda on: inversion.pixel_error(on(IMAGES), on(OTHERS[:40])),
    "attributes.read": lambda on: attributes.read(own(on, READER), on(LARGE)),
    "attributes.targets": lambda on: attributes.targets(faces(on)).float(),
    "sharpness.ring_numbers": lambda on: sharpness.ring_numbers(4, 6),
    "sharpness.ring_energy": lambda on: sharpness.ring_energy(on(IMAGES)),
    "sharpness.radial_spectrum": lambda on: sharpness.radial_spectrum(on(IMAGES)),
    "sharpness.fine_energy": lambda on: sharpness.fine_energy(on(IMAGES)),
    "sharpness.fine_share": lambda on: sharpness.fine_share(on(IMAGES)),
    "sharpness.steepness": lambda on: sharpness.steepness(on(IMAGES)),
    "sharpness.gradient_energy": lambda on: sharpness.gradient_energy(on(IMAGES)),
    "sharpness.blurred": lambda on: sharpness.blurred(on(IMAGES), 1.0),
    "sharpness.fine_layer": lambda on: sharpness.fine_layer(on(IMAGES)),
    "sharpness.retained": lambda on: sharpness.retained(on(IMAGES), on(OTHERS[:40]), on(IMAGES[:, 0] > 0)),
    "sharpness.texture_left": lambda on: sharpness.texture_left(on(IMAGES), on(OTHERS[:40]), on(IMAGES[:, 0] > 0)),
    "details.letters": lambda on: details.letters(scenes(on)),
    **{f"details.things, {what}": lambda on, what=what: details.things(scenes(on), what)
       for what in details.BACKGROUND},
    "details.patches": lambda on: details.patches(scenes(on).images, details.letters(scenes(on)), details.LETTER),
    "details.left_in_scenes": lambda on: details.left_in_scenes(
        lambda x: 0.9 * x, scenes(on), details.eyes(scenes(on), steps=2)),
    "details.left_in_faces": lambda on: details.left_in_faces(lambda x: 0.9 * x, faces(on, limit=60, size=64)),
    "elbo.gaussian_kl": lambda on: elbo.gaussian_kl(on(X), on(Y)),
    "elbo.reparametrised": lambda on: elbo.reparametrised(on(X), on(Y), on(X)),
    "elbo.log_normal": lambda on: elbo.log_normal(on(X)),
    **{f"elbo.{name}_log_likelihood": lambda on, f=f: f(on(IMAGES), on(OTHERS[:40]), on(torch.tensor(0.1)))
       for name, f in elbo.LIKELIHOODS.items()},
    "likelihood.log_mean_exp": lambda on: likelihood.log_mean_exp(on(X)),
    "likelihood.effective_samples": lambda on: likelihood.effective_samples(on(X)),
    "LinearTask": lambda on: LinearTask(6).log_weights(on(X), 0.5),
    "fit_mixture": lambda on: fit_mixture(on(X[:, :2]), 2).log_prob(on(X[:, :2])),
    "PPCA": lambda on: PPCA.fit(on(X), 2).log_prob(on(X)),
    "PPCA.posterior": lambda on: PPCA.fit(on(X), 2).posterior(on(X), on(HAS[0])),
    "PPCA.impute": lambda on: PPCA.fit(on(X), 2).impute(on(X), on(HAS[0])),
    "bits_per_dimension": lambda on: bits_per_dimension(on(X[:, 0]), 64, 1 / 8),
    **{f"losses.{name}": lambda on, loss=loss: (loss.D(on(LOGITS), on(LESS)), loss.G(on(LESS)))
       for name, loss in losses.BY_NAME.items()},
    "losses.softplus": lambda on: losses.softplus(on(LOGITS)),
    "losses.squared_gradient": lambda on: losses.squared_gradient(own(on, D), on(IMAGES)),
    "losses.zero_centred_penalty": lambda on: losses.zero_centred_penalty(own(on, D), on(IMAGES)),
    "losses.gradient_penalty": lambda on: losses.gradient_penalty(
        own(on, D), on(IMAGES), on(OTHERS[:40]), generator=torch.Generator().manual_seed(0)),
    "autoregressive.log_likelihood": lambda on: autoregressive.log_likelihood(own(on, ROWS["PixelRNN"]), on(IMAGES)),
    "autoregressive.nll": lambda on: autoregressive.nll(own(on, ROWS["GatedPixelCNN"]), on(IMAGES)),
    "autoregressive.binarise": lambda on: autoregressive.binarise(
        on(IMAGES), torch.Generator(on(IMAGES).device).manual_seed(0)),
    "autoregressive.grid_of": lambda on: autoregressive.grid_of((4, 4)),
    "autoregressive.fit": fitted,
    "autoregressive.fit, grid": lambda on: fitted(on, count=on(autoregressive.grid_of((8, 8)))),
    **{f"autoregressive.sample, {name}": lambda on, name=name: drawn(on, name) for name in ROWS},
    "autoregressive.sample, known": lambda on: drawn(
        on, "PixelCNN", given=on(IMAGES[:2, :, :4, :4]), known=on(autoregressive.grid_of((4, 4)))),
    **{f"autoregressive_heads.{head.__name__}": lambda on, head=head: with_head(on, head(5))
       for head in (Categorical, DiscretisedLogistic, DiscretisedGaussian)},
    "models.generate": lambda on: models.generate(own(on, G), on(X)),
    "pictures.tile": lambda on: torch.from_numpy(pictures.tile(pictures.to_uint8(on(IMAGES)), 6, 7)).float(),
    "pictures.to_uint8": lambda on: pictures.to_uint8(on(IMAGES / 0)).float(),
    "data.grouped": lambda on: grouped(on(pictures_of()), 3).labels,
    "data.augmented": lambda on: augmented(on(pictures_of()), 3).images,
    "data.resized": lambda on: faces(on).resized(8).images,
    "data.resized, odd": lambda on: faces(on).resized(7).images,
    "data.resized, mask": lambda on: faces(on, size=64).resized(20).masks["strands"].float(),
    "data.take": lambda on: on(pictures_of()).take(torch.arange(3)).images,
    "data.mixtures": lambda on: (MIXTURE.log_prob(on(X[:, :2])), MIXTURE.score(on(X[:, :2]))),
    "sketch_faces.change": lambda on: sketch_faces.change(faces(on), glasses=1).images,
    "train.update_D, update_G": one_update,
    "train.Training": run_of(gan.rescued_gan, pair={"hidden_G": (8,), "hidden_D": (8,)}),
    "train.ConditionalTraining": run_of(conditional.digits_cgan),
    "train.PairedTraining": lambda on: losses_of(pix2pix.faces_pix2pix(faces(on), steps=3, channels=(4, 8)), 2),
    "train.PairedTraining, sr": run_of(super_resolution.enlarging, scale=4, weight=0.01),
    "train.ELBOTraining": elbo_of,
    "train.ELBOTraining, warm": lambda on: elbo_of(on, lambda: models.GridVAE((1, 8, 8), 2, width=4), warm_up=2),
    "train.ELBOTraining, plain": lambda on: elbo_of(on, lambda: models.MLPAutoencoder((1, 8, 8), 2, (8,))),
    "train.BiGANTraining": bigan,
    "train.Film": filmed,
    "models.VAE": weights_of_vae,
    "recipes.dcgan": lambda on: losses_of(dcgan.digits_dcgan(
        on(pictures_of(side=16)), steps=3, batch_size=8, half=False), 2),
    "recipes.noisy_or_soft": lambda on: readers.noisy_or_soft(
        on(IMAGES), torch.Generator(on(IMAGES).device).manual_seed(0)),
    "recipes.overlaps": lambda on: pix2pix.overlaps(on(HAS.long()), on((Y > 0).long()), 2),
    **{f"collapse.train_cured, {name}": lambda on, cure=cure: ensemble(on, cure) for name, cure in CURES.items()},
    "collapse.measure": lambda on: [vars(one) for one in collapse.measure(
        own(on, collapse.ensemble_pair(next(iter(CURES.values())), 2, hidden=8)[0]), MIXTURE, samples=50)],
}  # fmt: skip
