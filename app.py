"""The ASGI app: Streamlit's pages and our routes behind one gate."""

import streamlit as st
from starlette.middleware import Middleware

from relevance.web.gate import Gate
from relevance.web.lifespan import lifespan
from relevance.web.routes import OWN

app = st.App("pages/main.py", middleware=[Middleware(Gate, own=OWN)], lifespan=lifespan)
