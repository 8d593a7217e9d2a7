# mmgap with everything it needs: docker build -t mmgap . && docker run --rm mmgap --version
# compose.yaml gives it photos, caches and a folder for reports; the Makefile has the recipes.
FROM python:3.11-slim

# Without it torch is the CUDA build (several GB); --build-arg PIP_EXTRA_INDEX_URL=… with PyTorch's CPU index, which
# their "Get started" page gives, brings the small one.
ARG PIP_EXTRA_INDEX_URL
ARG PIP_NO_CACHE_DIR=1

WORKDIR /app
COPY . .
RUN python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[dev]'

# All that is downloaded or can be computed again lies in one volume, open to whatever user the container runs as.
ENV PATH=/app/.venv/bin:$PATH HOME=/caches USER=mmgap NUMBA_CACHE_DIR=/caches/numba
ENV MMGAP_CACHE=/caches/mmgap MMGAP_DATA=/caches/data MMGAP_WEIGHTS=/caches/weights HF_HOME=/caches/huggingface
RUN mkdir -m 1777 /caches /reports
RUN useradd --uid 1000 --no-create-home --home-dir /caches mmgap
VOLUME /caches
USER mmgap

# Reports go to ./reports where no --out is given: from here that is /reports.
WORKDIR /
ENTRYPOINT ["mmgap"]
CMD ["--help"]
