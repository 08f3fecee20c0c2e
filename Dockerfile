# One image for every process of the service; docker-compose.yml says which command each container runs.
FROM python:3.12-slim
RUN useradd --system --create-home --uid 10001 zhida
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index -e .
USER zhida
# A volume takes over its owner from the image: match workers keep their snapshots there.
RUN mkdir -p /home/zhida/var/audience
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 ZHIDA_VAR_DIR=/home/zhida/var
EXPOSE 8000
ENTRYPOINT ["zhida"]
CMD ["web"]
