"""An installation that is not the demonstration refuses to start on a demonstration's database."""

from sqlalchemy import inspect
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.errors import DemonstrationOnly
from jobboard.config import Config
from jobboard.domain.municipalities import refuse_demonstration
from jobboard.models import Board
from jobboard.settings import wrong


def refuse(engine: Engine, config: Config) -> None:
    """Raises SettingError naming JOBBOARD_DEMO. A database without tables holds nothing to refuse."""
    with Session(engine) as session:
        if config.demo or not inspect(session.connection()).has_table(Board.__tablename__):
            return
        try:
            refuse_demonstration(session, demo=False)
        except DemonstrationOnly:
            raise wrong(
                "demo",
                "このデータベースは見本(架空の市区町村)なので、1 を指定するか、JOBBOARD_DATABASE_URL を別にしてください",
                "this database is a demonstration: set it to 1, or use another database",
            ) from None
