{{- define "services.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}-{{ .letter }}
  labels:
    track: {{ .track }}
spec:
  progressDeadlineSeconds: 600
  replicas: {{ .replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app: {{ .name }}
      cdk8s-canary/deployment: {{ .name }}-{{ .letter }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    metadata:
      labels:
        app: {{ .name }}
        version: {{ .version | quote }}
        cdk8s-canary/deployment: {{ .name }}-{{ .letter }}
    spec:
      automountServiceAccountToken: false
      containers:
        - name: main
          image: registry.example/{{ .name }}:{{ .version }}
          imagePullPolicy: IfNotPresent
          env:
            {{- range $variable, $path := .fields }}
            - name: {{ $variable }}
              valueFrom:
                fieldRef:
                  fieldPath: {{ $path }}
            {{- end }}
          lifecycle:
            preStop:
              sleep:
                seconds: 10
          ports:
            - containerPort: 80
          readinessProbe:
            failureThreshold: 3
            httpGet:
              path: /
              port: 80
              scheme: HTTP
            periodSeconds: 2
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
          securityContext:
            allowPrivilegeEscalation: false
            capabilities:
              drop:
                - ALL
            readOnlyRootFilesystem: true
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      terminationGracePeriodSeconds: 40
      topologySpreadConstraints:
        - labelSelector:
            matchLabels:
              cdk8s-canary/deployment: {{ .name }}-{{ .letter }}
          maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
{{- end }}
