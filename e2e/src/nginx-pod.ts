/** The pod of the README, word for word. */
export const nginxPod: string = `apiVersion: v1
kind: Pod
metadata: {name: nginx}
spec:
  containers:
  - name: nginx
    image: nginx
    imagePullPolicy: IfNotPresent
    ports: [{containerPort: 80}]
  nodeSelector: {type: virtual-kubelet}
  tolerations: [{operator: "Exists"}]
`;
