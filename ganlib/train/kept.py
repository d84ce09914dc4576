"""Where a training that may be stopped keeps its checkpoint, and the one before it in case the last is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from ganlib.data.disk import write_whole
from ganlib.train.checkpoint import CheckpointError, Resumable, load_checkpoint, save_checkpoint


class Kept:
    """The last two checkpoints of a training, and its settings as a text.

    folder: where they lie.  anew: whether those of an earlier training are to be replaced.
    say: told in a sentence what the user should know.
    """

    def __init__(self, folder: Path, settings: dict, *, anew: bool = False, say: Callable[[str], None] = print):
        self.folder, self.settings, self.anew, self.say = folder, settings, anew, say
        self.last, self.before = folder / "checkpoint.safetensors", folder / "checkpoint.before.safetensors"
        self.note = folder / "settings.json"
        self.damaged = False

    def load(self, training: Resumable) -> bool:
        """Bring a training to the last checkpoint that is whole, and say whether there is one.

        Raises:
            CheckpointError: if there are only damaged ones, or those of other networks.
        """
        first = None
        for path in (self.last, self.before):
            if self.anew or not path.is_file():
                continue
            try:
                load_checkpoint(training, path)
            except CheckpointError as error:
                first = first or error
                continue
            if first is not None:
                self.damaged = True
                self.say(f"{first}: going on from the one before")
            return True
        if first is not None:
            raise CheckpointError(f"{first}; --restart begins anew") from first
        return False

    def save(self, training: Resumable, *, needed: bool = False) -> bool:
        """Keep a training's state, and the one before it; say whether it could be written.

        needed: whether there is no later occasion, so that a failure must be an error.

        Raises:
            OSError: if it could not be written and was needed; what was kept before stays.
        """
        new = self.last.with_name("checkpoint.new.safetensors")
        try:
            save_checkpoint(training, new)
            if self.anew:
                self.before.unlink(missing_ok=True)
            elif self.last.is_file() and not self.damaged:
                os.replace(self.last, self.before)
            os.replace(new, self.last)
            self.anew = self.damaged = False
            write_whole(self.note, (json.dumps(self.settings, indent=1) + "\n").encode())
        except OSError as error:
            stays = f"{self.last} stays as it was" if self.last.is_file() else "there is no earlier one"
            problem = f"step {training.number} could not be saved ({error.strerror or error}): {stays}"
            if needed:
                raise OSError(f"{problem}; make room there, and the same command goes on") from error
            self.say(f"\n{problem}")
            return False
        return True

    def forget(self) -> None:
        """Delete the checkpoints and the settings, and the folder if nothing else is in it."""
        for path in (self.last, self.before, self.note):
            path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
