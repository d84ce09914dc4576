"""Mutants of the solutions that do the same as the solution: (exercise, the changed line) -> why."""

SAME_LOSS = "the number that comes back is the same; only the graph behind it lives longer"
SYMMETRIC = "w @ x is x @ w"
AXES = "the order in which axes are named makes no difference to a sum or a mean"
ONE = "there is only one channel, so the first is the last"
ALL_K = "the first k directions are the same, whether the others are computed or not"
NORMALISED = "batch normalisation subtracts the mean, and a bias with it"
SMALL_ANGLE = "a and the arc are the same where the angle is so small"

EQUIVALENT: dict[tuple[str, str], str] = {
    ("01-4", "values, U = (values.flip(-1), U.flip(1))"): "values has one dimension: its first is its last",
    ("01-4", "return W @ W.T + sigma2 * torch.eye(x.shape[1])"): "rounding of float32 on the diagonal, far below 1e-4",
    ("01-5", "distance = y - net(x)[:, -1]"): "net(x) has one column: its first is its last",
    ("05-3", "miss_real = 1 - D(w, x_real, b)"): SYMMETRIC,
    ("05-3", "miss_fake = D(w, x_fake, b)"): SYMMETRIC,
    ("06-4", "return loss"): SAME_LOSS,
    ("06-5", "return loss"): SAME_LOSS,
    ("06-6", "return (value_D, value_G.detach())"): SAME_LOSS,
    ("06-6", "return (value_D.detach(), value_G)"): SAME_LOSS,
    ("06-6", "x_fake = G(noise())"): "G's gradient is emptied again before its own step; only time is lost",
    ("02-1", "return F.cross_entropy(logits, levels, reduction='none').sum((2, 1))"): AXES,
    ("02-5", "x[:, -1, i, j] = torch.where(u[:, i, j] < p, 1.0, -1.0)"): ONE,
    ("02-5", "p = network(x)[:, -1, i, j].sigmoid()"): ONE,
    ("02-5", "def draw(network, u):"): "a comparison has no gradient: only memory is lost",
    ("03-3", "constants = x[-1].numel() * (math.log(sigma) + 0.5 * math.log(2 * math.pi))"): "all pictures are as big",
    ("03-5", "directions = torch.linalg.svd(x - mean).Vh[:k]"): ALL_K,
    ("03-5", "directions = torch.linalg.svd(x - mean, full_matrices=True).Vh[:k]"): ALL_K,
    ("04-3", "H = x.shape[-2]"): "the pictures are square",
    ("04-3", "return (power * (cycles > H / 4)).sum((2, 1)) / power.sum((1, 2))"): AXES,
    ("04-3", "return (power * (cycles > H / 4)).sum((1, 2)) / power.sum((2, 1))"): AXES,
    ("04-3", "power = torch.fft.fft2(x - x.mean((3, 2), keepdim=True)).abs().square().sum(1)"): AXES,
    (
        "07-5",
        "return nn.Sequential(nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1), "
        "nn.BatchNorm2d(channels_out, momentum=0.2), nn.ReLU())",
    ): NORMALISED,
    (
        "07-5",
        "return nn.Sequential(nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=True), "
        "nn.BatchNorm2d(channels_out, momentum=0.2), nn.ReLU())",
    ): NORMALISED,
    ("08-4", "counts = torch.zeros(classes, classes)"): "counts may be floats: 3.0 is 3",
    ("08-6", "return loss"): SAME_LOSS,
    ("10-1", "return torch.where(omega < 0.002, a, arc)"): SMALL_ANGLE,
    ("10-1", "return torch.where(omega < 0.0012, a, arc)"): SMALL_ANGLE,
    ("10-1", "return torch.where(omega < 0.0008, a, arc)"): SMALL_ANGLE,
    ("10-1", "omega = torch.arccos(cosine.clamp(-2, 1))"): "no two ends point in opposite directions",
    ("10-3", "z = z_start.clone().requires_grad_()"): "True is what it does by itself",
    ("10-3", "return z"): "the same numbers; only the graph behind them lives longer",
    ("10-4", "return distance.fill_diagonal_(math.inf).min(0).values"): "distances are symmetric",
    ("10-5", "return ((gap > 0) + 0.5 * (gap == 0).float()).mean()"): "truth values become numbers by themselves",
    ("10-5", "return ((gap > 0).float() + 0.5 * (gap == 0)).mean()"): "truth values become numbers by themselves",
}
