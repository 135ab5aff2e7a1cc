"""A sheet of people (CSV, XLSX ...): checked row by row, then all accounts and roles are made in one act, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import BadInput, Place
from relevance.exchange.columns import Columns
from relevance.exchange.faults import Faults, values
from relevance.exchange.tables import open_table
from relevance.roles import Act, Actor, Role, require
from relevance.services import accounts
from relevance.services.accounts import Joining, NewPerson
from relevance.services.names import fold, nearest
from relevance.store.store import Store, Tx
from relevance.texts import LANGUAGES, N_

COLUMNS = Columns(
    {
        "login": ("账号", "帐号", "用户名", "登录名", "工号", "account", "user", "username", "user name"),
        "name": ("姓名", "名字", "真实姓名", "显示名", "full name", "display name"),
        "role": ("角色", "职责", "岗位", "身份"),
        "lead": ("组长", "小组", "团队", "负责人", "team", "team lead", "teamlead"),
        "project": ("项目", "项目名", "项目名称"),
        "language": ("语言", "界面语言", "lang"),
        "address": ("邮箱", "电子邮箱", "邮件", "联系方式", "email", "e-mail", "mail"),
    }
)
ADMIN = "admin"
ROLES: Mapping[str, str] = {
    fold(word): role
    for role, words in {
        Role.GRADER.value: ("grader", "标注员", "评分员", "打分员", "评估员", "标注"),
        Role.LEAD.value: ("lead", "team lead", "组长", "标注组长", "负责人", "主管"),
        Role.CLIENT.value: ("client", "客户", "业务方", "甲方", "业务"),
        Role.SPECIALIST.value: ("specialist", "专家", "标准专家", "规则专家", "质检"),
        Role.ANALYST.value: ("analyst", "分析师", "数据分析师", "分析员"),
        ADMIN: ("admin", "administrator", "管理员", "系统管理员"),
    }.items()
    for word in words
}
_TONGUES = {
    "zh": "zh",
    "中文": "zh",
    "汉语": "zh",
    "chinese": "zh",
    "en": "en",
    "英文": "en",
    "英语": "en",
    "english": "en",
}


@dataclass(frozen=True, slots=True)
class SheetPerson:
    """One checked row: an account, and the role that it gets (None: an administrator)."""

    row: int
    login: str
    name: str
    role: Role | None
    project: str | None
    lead: str | None
    language: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of people did. `kept`: accounts that were there already, whose roles alone were added."""

    added: list[str]
    kept: list[str]
    roles: int


def read(path: Path, project: str | None = None, language: str = "zh", name: str | None = None) -> list[SheetPerson]:
    """The rows of a sheet. A person may stand in several rows, one for each role.

    Args:
        path: the file.
        project: the project of rows that name none.
        language: the language of rows that name none.
        name: what to call the file in messages; else its own name.

    Raises:
        BadInput: with the place of every fault (row, column, value).
    """
    table = open_table(path, COLUMNS, name=name, need=[["login", "name"], ["role"]])
    faults = Faults(table.file)
    found: list[SheetPerson] = []
    seen: dict[tuple[str, str, str], int] = {}
    for row, cells in table.rows():

        def cell(ours: str, cells: Sequence[str | None] = cells) -> str:
            at = table.position.get(ours)
            return " ".join((cells[at] or "").split()) if at is not None and at < len(cells) else ""

        def fault(ours: str, sentence: str, value: str, row: int = row, **named: object) -> None:
            faults.add(Place(sentence, table.file, row, table.title(ours), value, values(**named)))

        login, shown = cell("login") or cell("name"), cell("name") or cell("login")
        where = cell("project") or project or ""
        before = faults.count
        try:
            login = accounts.clean_login(login)
        except BadInput:
            fault("login", N_("the name to sign in with is missing or longer than {n} characters."), login,
                  n=accounts.LONGEST_LOGIN)  # fmt: skip
        role = ROLES.get(fold(cell("role")))
        if role is None:
            fault("role", N_('there is no role "{value}". There are: {roles}.'), cell("role"),
                  roles=", ".join([*(one.value for one in Role), ADMIN]))  # fmt: skip
        elif role != ADMIN and not where:
            fault("project", N_("a project is missing: a column, or --project for all rows."), "")
        tongue = _TONGUES.get(fold(cell("language")), language) if not cell("language") else _TONGUES.get(
            fold(cell("language"))
        )  # fmt: skip
        if tongue is None:
            fault("language", N_('the language is "{value}"; allowed are {languages}.'), cell("language"),
                  languages=", ".join([*LANGUAGES, *LANGUAGES.values()]))  # fmt: skip
        key = (fold(login), fold(where), role or "")
        if role and key in seen:
            fault(
                "login",
                N_('the same person and role stand in row {other} already ("{value}").'),
                login,
                other=seen[key],
            )
        seen.setdefault(key, row)
        if faults.count == before:
            assert role is not None and tongue is not None
            is_admin = role == ADMIN
            found.append(
                SheetPerson(
                    row, login, shown, None if is_admin else Role(role), None if is_admin else where,
                    cell("lead") or None, tongue, cell("address") or None,
                )
            )  # fmt: skip
    faults.check()
    if not found:
        raise BadInput("{file} has a header but no rows.", file=table.file)
    return found


def new_logins(store: Store, rows: Sequence[SheetPerson]) -> list[str]:
    """The logins of a sheet that have no account yet, each once: they need a password."""
    with store.reader() as reader:
        known = {fold(login) for (login,) in reader.all("select login from person")}
    found: dict[str, str] = {}
    for one in rows:
        if fold(one.login) not in known:
            found.setdefault(fold(one.login), one.login)
    return list(found.values())


def write(
    store: Store, actor: Actor, rows: Sequence[SheetPerson], hashes: Mapping[str, str], file: str = "",
    dry_run: bool = False,
) -> Imported:  # fmt: skip
    """Makes the accounts and roles of a sheet, all or nothing. The same sheet again changes nothing.

    Args:
        store: the store.
        actor: who does it.
        rows: the checked rows.
        hashes: a hashed password by login, for those that are new.
        file: the file's name for messages.
        dry_run: checks everything and changes nothing; the roles that would be given are not counted.

    Raises:
        NotAllowed: only an administrator may.
        BadInput: an unknown project or lead, with its row.
    """
    require(actor, Act.MANAGE_USERS, None)

    def act(tx: Tx) -> Imported:
        projects = {fold(name): (int(number), name) for number, name in tx.all("select id, name from project")}
        people = {fold(login): int(account) for account, login in tx.all("select account, login from person")}
        leads = {
            (int(project), int(account))
            for project, account in tx.all(
                "select project, account from member where role = 'lead' and (until is null or until > ?)", [tx.now]
            )
        }
        coming_leads = {(fold(one.project), fold(one.login)) for one in rows if one.role is Role.LEAD and one.project}
        faults = Faults(file)
        by_fold = {fold(login): hashed for login, hashed in hashes.items()}
        for one in rows:
            if one.project is not None and fold(one.project) not in projects:
                near = nearest(one.project, [name for _, name in projects.values()])
                faults.add(Place('there is no project called "{value}". Nearest: {nearest}.', file, one.row, "project",
                                 one.project, values(nearest=", ".join(near) or "-")))  # fmt: skip
            elif one.lead and one.project:
                number, key = projects[fold(one.project)][0], fold(one.lead)
                known = (number, people.get(key, -1)) in leads or (fold(one.project), key) in coming_leads
                if not known:
                    faults.add(Place('"{value}" is no lead of this project.', file, one.row, "lead", one.lead))
            if not dry_run and fold(one.login) not in people and fold(one.login) not in by_fold:
                faults.add(
                    Place("this account has come or gone meanwhile. Import again.", file, one.row, "login", one.login)
                )
        faults.check()
        if dry_run:
            new = {fold(one.login): one.login for one in rows if fold(one.login) not in people}
            old = {fold(one.login): one.login for one in rows if fold(one.login) in people}
            return Imported(sorted(new.values()), sorted(old.values()), 0)
        added: list[str] = []
        roles = 0
        # Leads first: who is in their team refers to them.
        for one in sorted(rows, key=lambda one: one.role is not Role.LEAD):
            account = people.get(fold(one.login))
            if account is None:
                person = NewPerson(
                    one.login, one.name, by_fold[fold(one.login)],
                    admin=any(o.role is None for o in rows if fold(o.login) == fold(one.login)),
                    language=one.language, address=one.address,
                )  # fmt: skip
                account = people[fold(one.login)] = accounts.write(tx, actor, person)
                added.append(one.login)
            if one.role is not None and one.project is not None:
                joining = Joining(projects[fold(one.project)][0], one.role, one.lead)
                roles += accounts.join(tx, actor, account, joining)
        fresh = {fold(login) for login in added}
        kept = sorted({one.login for one in rows if fold(one.login) not in fresh})
        return Imported(added, kept, roles)

    return store.act(act)
