"""One small example of every widget class, as the code of a cell: what tests of all of them are made of.

The code runs where `widget_stand_in.py` can be imported; it takes a second or two and needs no trained network.
"""

SETUP = """\
import torch
from torch import nn
from types import SimpleNamespace
from widget_stand_in import Blob
from ganlib import data, widgets
from ganlib.models import GatedPixelCNN
from ganlib.train import Training

torch.manual_seed(0)
torch.set_num_threads(1)
G, C = Blob(), Blob(classes=10)
spots = C(torch.randn(16, 8), torch.arange(16) % 3)

ink = (spots > 0).float() * 2 - 1

class Coder(nn.Module):
    z_dim = 3
    def __init__(self, number):
        super().__init__()
        self.number, self.decoder = number, Blob(z_dim=3)
    def forward(self, x):
        return self.number / 6 * x

def film():
    steps = list(range(0, 400, 20))
    images = torch.stack([((1 + spots[:9]) * 127 * (k + 1) / len(steps)).to(torch.uint8) for k in range(len(steps))])
    curves = {"loss_D": [1.4 - k / 400 for k in range(400)], "loss_G": [0.7 + k / 400 for k in range(400)]}
    return SimpleNamespace(steps=steps, images=images, curves=curves, curve_steps=list(range(400)))

def rounds(count=300):
    return [SimpleNamespace(w=[1.0, -1.0, 0.0, k / count], b=-1.0, v=[0.0, 1.0, 2.0, k / count], c=[-1.0] * 4,
                            error_real=0.9, error_fake=0.5 + k / count, error_G=1.2 - k / count) for k in range(count)]

def training():
    torch.manual_seed(0)
    D = nn.Sequential(nn.Flatten(), nn.Linear(1024, 1), nn.Flatten(0))
    return Training(Blob(), D, data.load("digits").resized(32), batch_size=16, lr_G=0.05)

class Colours(nn.Module):
    def __init__(self):
        super().__init__()
        self.grey = nn.Parameter(torch.linspace(-1, 1, 15))
    def forward(self, segments):
        return self.grey[segments.long()][:, None]

PARTS = ["background", "skin", "eyes", "mouth", *(f"part {k}" for k in range(4, 15))]
maps = torch.zeros(2, 32, 32, dtype=torch.uint8)
maps[:, 6:28, 6:26], maps[:, 10:14, 10:14], maps[:, 20, 12:20] = 1, 2, 3
"""

WIDGETS = {
    "LatentExplorer": "widgets.LatentExplorer(G, directions='axes', n_directions=8)",
    "StyleExplorer": "widgets.StyleExplorer(C, directions='axes')",
    "Interpolator": "widgets.Interpolator(G)",
    "LatentPad": "widgets.LatentPad(G, points=torch.randn(40, 2), classes=torch.arange(40) % 10)",
    "AttributeMixer": "widgets.AttributeMixer(G, torch.eye(8)[:6], ['right', 'down', 'larger', 'a', 'b', 'c'], "
    "read=lambda x: (x.flatten(1)[:, :900:150] + 1) / 2, readings=['one', 'two', 'three', 'four', 'five', 'six'])",
    "DiscriminatorBoard": "widgets.DiscriminatorBoard()",
    "GeneratorBoard": "widgets.GeneratorBoard(weights=(1, -1, -1, 1), biases=(2, -2, -2, 2))",
    "ToyPlayer": "widgets.ToyPlayer(rounds())",
    "TrainingPlayer": "widgets.TrainingPlayer(film(), lines={'ln 2': 0.693, 'ln 4': 1.386})",
    "LiveTraining": "widgets.LiveTraining(training)",
    "PlaneLab": "widgets.PlaneLab('two bumps')",
    "AutoencoderWalk": "widgets.AutoencoderWalk({str(k): Coder(k) for k in range(1, 6)}, spots, what='latent numbers')",
    "Magnifier": "widgets.Magnifier(spots, {f'{k} fifths': k / 5 * spots for k in range(1, 6)}, "
    "{'dot': [(0, 16, 16), (1, 8, 9)], 'edge': [(2, 5, 20)]})",
    "MapPainter": "widgets.MapPainter(Colours(), maps, PARTS)",
    "PixelReplay": "widgets.PixelReplay(SimpleNamespace(images=ink[:10], log_probs=torch.full((10, 32, 32), -0.5)))",
    "ImageCompleter": "widgets.ImageCompleter(GatedPixelCNN(width=4, layers=1), ink[:4, :, ::4, ::4])",
    "MixtureView": "widgets.MixtureView(torch.randn(60, 2), torch.randn(30, 2), most=6)",
    "SamplingView": "widgets.SamplingView()",
}
